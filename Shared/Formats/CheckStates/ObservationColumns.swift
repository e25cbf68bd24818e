package import Catalogs
package import Mirrors
package import Time

/// One observation of each file in columns indexed by `FileID`: 2 to 5 bytes a file, mostly.
///
/// Columns are how observations are stored, and what all files of an access point are judged by at
/// once: the builder looks at 64 files at a time. Status, failures and generation have few
/// combinations, times are dated to the minute or the hour, and most evidence is the answer to the
/// latest question.
package struct ObservationColumns: Equatable, Sendable {
    /// The status, 8 bits of failures and the generation.
    var kinds = CompactColumn()
    /// Seconds since 1970.
    var asked = CompactColumn()
    /// A second more than the seconds since 1970, or 0: as asked.
    var observed = CompactColumn()

    package static let confirmedBit: UInt8 = 8
    package static let lossBit: UInt8 = 16
    package static let questionedBit: UInt8 = 32
    package static let contestedBit: UInt8 = 64
    /// All bits besides the outcome.
    package static let flags = confirmedBit | lossBit | questionedBit | contestedBit
    /// The highest raw value of an outcome.
    static let outcomeLimit = Observation.Outcome.refused.rawValue
    /// The status of a present file without the bits that do not affect clients; a questioned or
    /// contested file has another status.
    private static let trusted = Observation.Outcome.present.rawValue
    private static let trustMask = ~(confirmedBit | lossBit)

    package init() {}

    package var count: Int { kinds.count }

    /// The raw value of the outcome, plus the bits above.
    package func status(at index: Int) -> UInt8 { UInt8(truncatingIfNeeded: kinds[index]) }

    package func failures(at index: Int) -> UInt8 { UInt8(truncatingIfNeeded: kinds[index] >> 8) }

    package func generation(at index: Int) -> UInt32 {
        UInt32(truncatingIfNeeded: kinds[index] >> 16)
    }

    /// In seconds since 1970.
    package func askedTime(at index: Int) -> UInt32 { UInt32(truncatingIfNeeded: asked[index]) }

    /// In seconds since 1970.
    package func observedTime(at index: Int) -> UInt32 {
        let time = observed[index]
        return time == 0 ? askedTime(at: index) : UInt32(truncatingIfNeeded: time - 1)
    }

    /// The observation of the file `id`: ``Observation/never`` if it was never asked for.
    package subscript(id: FileID) -> Observation {
        let index = Int(id.rawValue)
        return index < count ? self[index] : .never
    }

    /// The outcome without the times: the cheap part of the subscript.
    package func outcome(of id: FileID) -> Observation.Outcome {
        let index = Int(id.rawValue)
        return index < count ? outcome(at: index) : .unknown
    }

    /// The generation of the observation; 0 if the file was never asked for.
    package func generation(of id: FileID) -> UInt32 {
        let index = Int(id.rawValue)
        return index < count ? generation(at: index) : 0
    }

    static func kind(status: UInt64, failures: UInt64, generation: UInt64) -> UInt64 {
        status | failures << 8 | generation << 16
    }

    subscript(index: Int) -> Observation {
        get {
            let status = status(at: index)
            return Observation(
                outcome: outcome(at: index),
                isConfirmed: status & Self.confirmedBit != 0,
                observedAt: Timestamp(secondsSinceEpoch: Int64(observedTime(at: index))),
                askedAt: Timestamp(secondsSinceEpoch: Int64(askedTime(at: index))),
                generation: generation(at: index),
                isLoss: status & Self.lossBit != 0,
                isQuestioned: status & Self.questionedBit != 0,
                isContested: status & Self.contestedBit != 0,
                failures: failures(at: index)
            )
        }
        set {
            let status =
                newValue.outcome.rawValue
                | (newValue.isConfirmed ? Self.confirmedBit : 0)
                | (newValue.isLoss ? Self.lossBit : 0)
                | (newValue.isQuestioned ? Self.questionedBit : 0)
                | (newValue.isContested ? Self.contestedBit : 0)
            kinds[index] = Self.kind(
                status: UInt64(status),
                failures: UInt64(newValue.failures),
                generation: UInt64(newValue.generation)
            )
            let askedAt = UInt32(clamping: newValue.askedAt.secondsSinceEpoch)
            asked[index] = UInt64(askedAt)
            setObservedTime(UInt32(clamping: newValue.observedAt.secondsSinceEpoch), at: index)
        }
    }

    mutating func setObservedTime(_ time: UInt32, at index: Int) {
        observed[index] = time == askedTime(at: index) ? 0 : UInt64(time) + 1
    }

    /// Leaves the time of the evidence unchanged.
    mutating func setAskedTime(_ time: UInt32, at index: Int) {
        let observedTime = observedTime(at: index)
        asked[index] = UInt64(time)
        setObservedTime(observedTime, at: index)
    }

    func outcome(at index: Int) -> Observation.Outcome {
        Observation.Outcome(rawValue: status(at: index) & ~Self.flags) ?? .unknown
    }

    func isLoss(at index: Int) -> Bool { status(at: index) & Self.lossBit != 0 }

    /// The files with one of the bits in their status, ascending.
    package func files(with bits: UInt8) -> [Int] { files { $0 & bits != 0 } }

    /// The files whose status is one that `isWanted`, ascending; those who find none of them look
    /// only at the few that differ.
    func files(_ isWanted: (UInt8) -> Bool) -> [Int] {
        let wanted = kinds.distinct.map { isWanted(UInt8(truncatingIfNeeded: $0)) }
        guard wanted.contains(true) else { return [] }
        return (0..<count).filter { wanted[kinds.code(at: $0)] }
    }

    /// The number of files that passes over all of them look at together.
    package static let passLength = 4_096

    /// The generations of the proofs of ``passLength`` files from number `start` on, or up to the
    /// last: 0 for a file that is not plainly present - confirmed, and not in question - or, with
    /// `withoutFailures`, whose latest questions failed.
    ///
    /// Nearly all files are plainly present. This costs a fraction of looking at each of them.
    package func presentGenerations(from start: Int, withoutFailures: Bool) -> [UInt32] {
        let present = UInt64(Observation.Outcome.present.rawValue | Self.confirmedBit)
        let mask: UInt64 = withoutFailures ? 0xFFFF : 0xFF
        return kinds.map(min(start, count)..<min(start + Self.passLength, count)) {
            $0 & mask == present ? UInt32(truncatingIfNeeded: $0 >> 16) : 0
        }
    }

    /// Clears the loss mark of confirmed losses.
    mutating func forgetConfirmedLosses() {
        let confirmedLoss = UInt64(Self.confirmedBit | Self.lossBit)
        kinds.map { kind in
            kind & confirmedLoss == confirmedLoss ? kind & ~UInt64(Self.lossBit) : kind
        }
    }

    /// No time is later; in seconds since 1970.
    var latestTime: UInt64 {
        max(asked.bounds.upperBound, max(1, observed.bounds.upperBound) - 1)
    }

    /// Adds rows of ``Observation/never`` until there are `newCount`.
    mutating func grow(to newCount: Int) {
        guard newCount > count else { return }
        kinds.grow(to: newCount)
        asked.grow(to: newCount)
        observed.grow(to: newCount)
    }
}

extension ObservationColumns {
    /// Which of 64 files were present when last checked, the first in the lowest bit.
    package struct Presence: Hashable, Sendable {
        /// The files that were present.
        package var seen: UInt64 = 0
        /// The files whose present version has a proof that is recent and not in question.
        package var proven: UInt64 = 0
    }

    /// The presence of up to 64 files from number `start` on.
    ///
    /// A proof is of the file as it is now if it was compared with a generation no older than the
    /// file's in `changedIn`, and late enough from `earliest` on. Files that either column ends
    /// before are not there.
    package func presence(
        from start: Int,
        changedIn: [UInt32],
        earliest: Timestamp
    ) -> Presence {
        let end = min(start + 64, count, changedIn.count)
        guard start < end else { return Presence() }
        let changedIn = changedIn.span
        let present = Observation.Outcome.present.rawValue
        let least = UInt64(clamping: earliest.secondsSinceEpoch)
        let isLate =
            asked.bounds.lowerBound >= least && observed.isUniform && observed[start] == 0
        var presence = Presence()
        for index in start..<end {
            let kind = kinds[index]
            let status = UInt8(truncatingIfNeeded: kind)
            let isSeen = status & ~Self.flags == present
            let isProven =
                status & Self.trustMask == Self.trusted
                && kind >> 16 >= UInt64(changedIn[index])
                && (isLate || UInt64(observedTime(at: index)) >= least)
            presence.seen |= (isSeen ? 1 : 0) << UInt64(index - start)
            presence.proven |= (isProven ? 1 : 0) << UInt64(index - start)
        }
        return presence
    }

    /// When the file with the number `index`, which is below `count`, was observed.
    package func observedAt(_ index: Int) -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(observedTime(at: index)))
    }

    /// When those of the 64 files from `start` on whose bits in `files` are set were last observed,
    /// or `time` if that is later.
    package func latest(of files: UInt64, from start: Int, or time: Timestamp) -> Timestamp {
        let end = min(start + 64, count)
        // Usually none of the files is later, which is quick to test.
        guard start < end, Int64(latestTime) > time.secondsSinceEpoch else { return time }
        var latest: UInt32 = 0
        for index in start..<end where files >> UInt64(index - start) & 1 == 1 {
            latest = max(latest, observedTime(at: index))
        }
        return max(time, Timestamp(secondsSinceEpoch: Int64(latest)))
    }
}
