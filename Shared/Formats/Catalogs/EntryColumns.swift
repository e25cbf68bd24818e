import Mirrors
package import Time

/// The entries of a tree in columns, as used by both listings and catalogs.
///
/// Entries need no allocations: with paths of 46 bytes, each takes 63 bytes without digests.
package struct EntryColumns: Sendable {
    package private(set) var paths = ByteColumn()
    private(set) var kinds: [UInt8] = []
    private(set) var byteCounts = NarrowColumn<UInt64>()
    private(set) var modifiedTimes = NarrowColumn<Int64>()
    /// The number of each entry's target in `targets`.
    private var targetNumbers: [UInt32] = []
    /// Targets relative to the paths of their links: see ``TargetRecord``.
    private var targets = DistinctRecords()
    /// The number of each entry's digests in `digestSets`; entries beyond its end have none.
    private(set) var digestNumbers: [UInt32] = []
    /// Files share their sets with links to them and paths through links.
    private(set) var digestSets = DistinctRecords()

    /// The modification time of a file whose source does not give it, and of everything that leads
    /// to a folder.
    package static let unknownTime = Timestamp(secondsSinceEpoch: 0)

    /// In the column of byte counts: the path leads to a directory.
    static let noByteCount = UInt64.max

    package init() {}

    /// Columns that were read, of equal length.
    init(
        paths: ByteColumn,
        kinds: [UInt8],
        byteCounts: NarrowColumn<UInt64>,
        modifiedTimes: NarrowColumn<Int64>
    ) {
        self.paths = paths
        self.kinds = kinds
        self.byteCounts = byteCounts
        self.modifiedTimes = modifiedTimes
        targetNumbers.reserveCapacity(kinds.capacity)
        targetNumbers.append(contentsOf: repeatElement(0, count: kinds.count))
    }

    package var count: Int { kinds.count }

    package mutating func reserveCapacity(_ count: Int, pathByteCount: Int) {
        paths.reserveCapacity(count: count, byteCount: pathByteCount)
        kinds.reserveCapacity(count)
        byteCounts.reserveCapacity(count)
        modifiedTimes.reserveCapacity(count)
        targetNumbers.reserveCapacity(count)
    }

    package func kind(at index: Int) -> ExpectedFile.Kind {
        ExpectedFile.Kind(rawValue: kinds[index]) ?? .file
    }

    /// Nil if the path leads to a directory.
    package func byteCount(at index: Int) -> UInt64? {
        let byteCount = byteCounts[index]
        return byteCount == Self.noByteCount ? nil : byteCount
    }

    package func modified(at index: Int) -> Timestamp {
        Timestamp(secondsSinceEpoch: modifiedTimes[index])
    }

    package func target(at index: Int) -> ArraySlice<UInt8>? {
        targetRecord(at: index)?.target(of: paths[index])[...]
    }

    /// Nil if there is no target.
    func targetRecord(at index: Int) -> TargetRecord? {
        let number = targetNumbers[index]
        return number == 0 ? nil : TargetRecord(bytes: targets.record(number))
    }

    package func digests(at index: Int) -> Digests {
        Digests(record: digestRecord(at: index))
    }

    private func digestRecord(at index: Int) -> ArraySlice<UInt8> {
        digestSets.record(digestNumber(at: index))
    }

    /// 0 if there are none.
    func digestNumber(at index: Int) -> UInt32 {
        index < digestNumbers.count ? digestNumbers[index] : 0
    }

    package mutating func append(
        path: some Collection<UInt8>,
        kind: ExpectedFile.Kind,
        byteCount: UInt64?,
        modified: Timestamp,
        target: ArraySlice<UInt8>?
    ) {
        paths.append(path)
        kinds.append(kind.rawValue)
        byteCounts.append(byteCount ?? Self.noByteCount)
        modifiedTimes.append(modified.secondsSinceEpoch)
        targetNumbers.append(0)
        if target != nil { setTarget(target, at: count - 1) }
    }

    package mutating func removeLast(_ removedCount: Int) {
        paths.removeLast(removedCount)
        kinds.removeLast(removedCount)
        byteCounts.removeLast(removedCount)
        modifiedTimes.removeLast(removedCount)
        targetNumbers.removeLast(removedCount)
        digestNumbers.removeLast(max(digestNumbers.count - count, 0))
    }

    /// Replaces everything but the path, the target and the digests.
    package mutating func update(
        at index: Int,
        kind: ExpectedFile.Kind,
        byteCount: UInt64?,
        modified: Timestamp
    ) {
        kinds[index] = kind.rawValue
        byteCounts[index] = byteCount ?? Self.noByteCount
        modifiedTimes[index] = modified.secondsSinceEpoch
    }

    package mutating func setTarget(_ target: ArraySlice<UInt8>?, at index: Int) {
        guard let target else {
            targetNumbers[index] = 0
            return
        }
        setTarget(TargetRecord(target, of: paths[index]), at: index)
    }

    mutating func setTarget(_ record: TargetRecord, at index: Int) {
        targetNumbers[index] = targets.number(of: record.bytes)
    }

    package mutating func setDigests(_ digests: Digests, at index: Int) {
        guard digestRecord(at: index) != digests.record[...] else { return }
        setDigestNumber(digestSets.number(of: digests.record[...]), at: index)
    }

    /// The number of `digests` among the sets, which also include those of earlier versions.
    mutating func number(of digests: Digests) -> UInt32 {
        digestSets.number(of: digests.record[...])
    }

    /// Sets the digest sets that were read, before any entry has one.
    mutating func setDigestSets(_ sets: DistinctRecords) {
        digestSets = sets
    }

    /// Assigns the digests with a number, which must exist, to the entry at `index`.
    mutating func setDigestNumber(_ number: UInt32, at index: Int) {
        if index >= digestNumbers.count {
            guard number > 0 else { return }
            digestNumbers.append(
                contentsOf: repeatElement(0, count: index + 1 - digestNumbers.count)
            )
        }
        digestNumbers[index] = number
    }
}

extension EntryColumns: Equatable {
    /// Whether the entries are pairwise equal, however their targets and digests are stored.
    package static func == (left: EntryColumns, right: EntryColumns) -> Bool {
        left.paths == right.paths && left.kinds == right.kinds
            && left.byteCounts == right.byteCounts && left.modifiedTimes == right.modifiedTimes
            && (0..<left.count).allSatisfy { index in
                left.targetRecord(at: index) == right.targetRecord(at: index)
                    && left.digestRecord(at: index) == right.digestRecord(at: index)
            }
    }
}

extension EntryColumns {
    /// How an entry differs from an earlier one with the same path.
    package enum Difference: Sendable {
        case none
        /// A client gets the same, as far as can be told: a link has replaced the file, or more is
        /// known of it.
        case form
        /// A client gets something else, as far as length, digests, time and link target tell.
        case content
    }

    /// How the entry at `index` differs from the one at `earlierIndex` of `earlier`.
    ///
    /// What the new entry does not say is not a difference, because its source may know less than
    /// an earlier one. Digests take precedence over the time: if they agree, a file that was
    /// touched is unchanged.
    package func difference(
        at index: Int,
        from earlier: EntryColumns,
        at earlierIndex: Int
    ) -> Difference {
        guard byteCounts[index] == earlier.byteCounts[earlierIndex] else { return .content }
        let record = digestRecord(at: index)
        let earlierRecord = earlier.digestRecord(at: earlierIndex)
        let digests = record == earlierRecord ? nil : Digests(record: record)
        if let digests, digests.contradict(Digests(record: earlierRecord)) { return .content }

        let unknown = Self.unknownTime.secondsSinceEpoch
        let time = modifiedTimes[index]
        let earlierTime = earlier.modifiedTimes[earlierIndex]
        let isTimeNew = time != unknown && time != earlierTime
        if isTimeNew, earlierTime != unknown {
            let isConfirmed =
                digests?.confirm(Digests(record: earlierRecord)) ?? !record.isEmpty
            guard isConfirmed else { return .content }
        }
        guard kinds[index] == earlier.kinds[earlierIndex] else { return .form }
        // They have the same path, so equal targets are equal records.
        guard targetRecord(at: index) == earlier.targetRecord(at: earlierIndex) else {
            return .content
        }
        let addsDigests = digests.map { !$0.isSubset(of: earlierRecord) } ?? false
        return isTimeNew || addsDigests ? .form : .none
    }
}

extension Digests {
    /// Whether `other`, a record that does not contradict these digests, has all of them.
    fileprivate func isSubset(of other: ArraySlice<UInt8>) -> Bool {
        (record.first ?? 0) & ~(other.first ?? 0) == 0
    }
}
