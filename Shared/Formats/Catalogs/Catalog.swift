package import Mirrors
package import Time

/// All expected files of one generation, including removed ones.
///
/// The files are kept in columns indexed by `FileID`, with all paths concatenated: with paths of 46
/// bytes, a file takes 75 bytes without digests, and no allocation until it is requested as a
/// value.
package struct Catalog: Sendable {
    /// Counts publications; 0 is the empty catalog before the first one.
    package var generation: UInt32
    package var publishedAt: Timestamp

    private var storage = Storage.empty

    /// All columns, which copies of a catalog share until one of them changes.
    ///
    /// Behind one reference: to pass a catalog on, or to look at a file of it, counts one reference
    /// instead of one for each column.
    private final class Storage: Sendable {
        static let empty = Storage(Columns())

        let columns: Columns

        init(_ columns: Columns) {
            self.columns = columns
        }
    }

    /// What is known of the files, by `FileID`.
    struct Columns: Sendable {
        var entries = EntryColumns()
        var firstSeenTimes = NarrowColumn<Int64>()
        var removedTimes = NarrowColumn<Int64>()
        /// The generation in which each file last changed.
        var changeGenerations: [UInt32] = []
        /// The earlier versions of replaced files; digests by their number in `entries`.
        var previousVersions: [UInt32: StoredVersion] = [:]
    }

    /// A ``PreviousVersion`` without an allocation.
    struct StoredVersion: Sendable {
        var byteCount: UInt64
        var modifiedTime: Int64
        var digestNumber: UInt32
        var acceptableUntil: Int64
    }

    /// In the column of removals: the file is live.
    static let notRemoved = Int64.max

    package init(
        generation: UInt32 = 0,
        publishedAt: Timestamp = Timestamp(secondsSinceEpoch: 0)
    ) {
        self.generation = generation
        self.publishedAt = publishedAt
    }

    /// A catalog made of all its columns, which must have the same length.
    init(generation: UInt32, publishedAt: Timestamp, _ columns: Columns) {
        self.generation = generation
        self.publishedAt = publishedAt
        storage = Storage(columns)
    }

    var columns: Columns { storage.columns }

    package var entries: EntryColumns { storage.columns.entries }

    /// The generation in which each file last changed, by `FileID`.
    package var changeGenerations: [UInt32] { storage.columns.changeGenerations }

    /// Changes the columns, in place if no copy of this catalog shares them.
    private mutating func change(_ change: (inout Columns) -> Void) {
        var columns = storage.columns
        storage = .empty
        change(&columns)
        storage = Storage(columns)
    }

    /// The number of files, including removed ones; also the next `FileID`.
    package var count: Int { storage.columns.entries.count }

    package var ids: some RandomAccessCollection<FileID> {
        (0..<UInt32(count)).lazy.map { FileID($0) }
    }

    /// The file with the number `id`, which must come from this catalog or an older one.
    package subscript(id: FileID) -> ExpectedFile {
        let index = Int(id.rawValue)
        return ExpectedFile(
            path: path(of: id),
            kind: storage.columns.entries.kind(at: index),
            byteCount: storage.columns.entries.byteCount(at: index),
            modified: storage.columns.entries.modified(at: index),
            target: storage.columns.entries.target(at: index).map { TreePath(bytes: Array($0)) },
            firstSeen: firstSeen(of: id),
            removed: removed(of: id),
            changedIn: storage.columns.changeGenerations[index],
            digests: storage.columns.entries.digests(at: index),
            previous: previousVersion(of: id)
        )
    }

    package func path(of id: FileID) -> TreePath {
        TreePath(bytes: Array(pathBytes(of: id)))
    }

    /// The bytes of the path, without copying them from the column.
    package func pathBytes(of id: FileID) -> ArraySlice<UInt8> {
        storage.columns.entries.paths[Int(id.rawValue)]
    }

    package func isLive(_ id: FileID) -> Bool {
        storage.columns.removedTimes[Int(id.rawValue)] == Self.notRemoved
    }

    /// When the path was found missing; nil while it is live.
    package func removed(of id: FileID) -> Timestamp? {
        isLive(id)
            ? nil : Timestamp(secondsSinceEpoch: storage.columns.removedTimes[Int(id.rawValue)])
    }

    /// Where a link or an alias leads, as its source gives it; nil for others.
    package func target(of id: FileID) -> ArraySlice<UInt8>? {
        storage.columns.entries.target(at: Int(id.rawValue))
    }

    package func kind(of id: FileID) -> ExpectedFile.Kind {
        storage.columns.entries.kind(at: Int(id.rawValue))
    }

    package func byteCount(of id: FileID) -> UInt64? {
        storage.columns.entries.byteCount(at: Int(id.rawValue))
    }

    package func leadsToDirectory(_ id: FileID) -> Bool {
        byteCount(of: id) == nil
    }

    package func modified(of id: FileID) -> Timestamp {
        storage.columns.entries.modified(at: Int(id.rawValue))
    }

    package func firstSeen(of id: FileID) -> Timestamp {
        Timestamp(secondsSinceEpoch: storage.columns.firstSeenTimes[Int(id.rawValue)])
    }

    package func digests(of id: FileID) -> Digests {
        storage.columns.entries.digests(at: Int(id.rawValue))
    }

    /// Since when the file has been expected in its present version, as far as the catalog tells;
    /// files of the first generation are as old as their modification time.
    package func expectedSince(_ id: FileID) -> Timestamp {
        let (firstSeen, modified) = (firstSeen(of: id), modified(of: id))
        guard modified <= publishedAt else { return firstSeen }
        let isOfTheFirst = firstSeen == self.firstSeen(of: FileID(0))
        return isOfTheFirst ? modified : max(firstSeen, modified)
    }

    /// Whether the file has changed in place since a catalog first had it.
    package func hasChanged(_ id: FileID) -> Bool {
        storage.columns.previousVersions[id.rawValue] != nil
    }

    /// The version before the last change of content.
    package func previousVersion(of id: FileID) -> PreviousVersion? {
        storage.columns.previousVersions[id.rawValue].map { stored in
            PreviousVersion(
                byteCount: stored.byteCount,
                modified: Timestamp(secondsSinceEpoch: stored.modifiedTime),
                digests: Digests(
                    record: storage.columns.entries.digestSets.record(stored.digestNumber)
                ),
                acceptableUntil: Timestamp(secondsSinceEpoch: stored.acceptableUntil)
            )
        }
    }

    package func changedIn(_ id: FileID) -> UInt32 {
        storage.columns.changeGenerations[Int(id.rawValue)]
    }

    /// Adds a path that no generation had before, and returns its new number.
    @discardableResult
    package mutating func append(_ file: ExpectedFile) -> FileID {
        let id = FileID(UInt32(count))
        change { $0.append(file) }
        return id
    }

    /// Replaces everything but the path of the file `id`.
    package mutating func update(_ id: FileID, to file: ExpectedFile) {
        change { $0.update(Int(id.rawValue), to: file) }
    }
}

extension Catalog.Columns {
    fileprivate mutating func append(_ file: ExpectedFile) {
        entries.append(
            path: file.path.bytes,
            kind: file.kind,
            byteCount: file.byteCount,
            modified: file.modified,
            target: file.target?.bytes[...]
        )
        firstSeenTimes.append(file.firstSeen.secondsSinceEpoch)
        removedTimes.append(file.removed?.secondsSinceEpoch ?? Catalog.notRemoved)
        changeGenerations.append(file.changedIn)
        setDetails(of: entries.count - 1, to: file)
    }

    fileprivate mutating func update(_ index: Int, to file: ExpectedFile) {
        entries.update(
            at: index,
            kind: file.kind,
            byteCount: file.byteCount,
            modified: file.modified
        )
        entries.setTarget(file.target?.bytes[...], at: index)
        firstSeenTimes[index] = file.firstSeen.secondsSinceEpoch
        removedTimes[index] = file.removed?.secondsSinceEpoch ?? Catalog.notRemoved
        changeGenerations[index] = file.changedIn
        setDetails(of: index, to: file)
    }

    private mutating func setDetails(of index: Int, to file: ExpectedFile) {
        entries.setDigests(file.digests, at: index)
        previousVersions[UInt32(index)] = file.previous.map { version in
            Catalog.StoredVersion(
                byteCount: version.byteCount,
                modifiedTime: version.modified.secondsSinceEpoch,
                digestNumber: entries.number(of: version.digests),
                acceptableUntil: version.acceptableUntil.secondsSinceEpoch
            )
        }
    }
}

extension Catalog: Equatable {
    /// Whether both have the same files under the same numbers.
    package static func == (left: Catalog, right: Catalog) -> Bool {
        left.generation == right.generation && left.publishedAt == right.publishedAt
            && left.columns.entries == right.columns.entries
            && left.columns.firstSeenTimes == right.columns.firstSeenTimes
            && left.columns.removedTimes == right.columns.removedTimes
            && left.columns.changeGenerations == right.columns.changeGenerations
            && left.columns.previousVersions.count == right.columns.previousVersions.count
            && left.columns.previousVersions.keys.allSatisfy { number in
                let id = FileID(number)
                return left.previousVersion(of: id) == right.previousVersion(of: id)
            }
    }
}
