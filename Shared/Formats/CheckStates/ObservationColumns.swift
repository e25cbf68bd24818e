import Mirrors
package import Time

/// One observation of each file, in columns indexed by `FileID`: 14 bytes a file.
///
/// Observations are stored in columns, and all files of an access point are judged by them at once:
/// the builder reads three of them, 64 files at a time.
package struct ObservationColumns: Equatable, Sendable {
    /// The raw values of the outcomes, plus the bits below.
    package internal(set) var statuses: [UInt8] = []
    package internal(set) var failures: [UInt8] = []
    package internal(set) var generations: [UInt32] = []
    /// Seconds since 1970.
    package internal(set) var askedTimes: [UInt32] = []
    /// Seconds since 1970.
    package internal(set) var observedTimes: [UInt32] = []

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

    package var count: Int { statuses.count }

    subscript(index: Int) -> Observation {
        get {
            Observation(
                outcome: outcome(at: index),
                isConfirmed: statuses[index] & Self.confirmedBit != 0,
                observedAt: Timestamp(secondsSinceEpoch: Int64(observedTimes[index])),
                askedAt: Timestamp(secondsSinceEpoch: Int64(askedTimes[index])),
                generation: generations[index],
                isLoss: isLoss(at: index),
                isQuestioned: statuses[index] & Self.questionedBit != 0,
                isContested: statuses[index] & Self.contestedBit != 0,
                failures: failures[index]
            )
        }
        set {
            statuses[index] =
                newValue.outcome.rawValue
                | (newValue.isConfirmed ? Self.confirmedBit : 0)
                | (newValue.isLoss ? Self.lossBit : 0)
                | (newValue.isQuestioned ? Self.questionedBit : 0)
                | (newValue.isContested ? Self.contestedBit : 0)
            failures[index] = newValue.failures
            generations[index] = newValue.generation
            askedTimes[index] = UInt32(clamping: newValue.askedAt.secondsSinceEpoch)
            observedTimes[index] = UInt32(clamping: newValue.observedAt.secondsSinceEpoch)
        }
    }

    func outcome(at index: Int) -> Observation.Outcome {
        Observation.Outcome(rawValue: statuses[index] & ~Self.flags) ?? .unknown
    }

    func isLoss(at index: Int) -> Bool { statuses[index] & Self.lossBit != 0 }

    /// Clears the loss mark of confirmed losses.
    mutating func forgetConfirmedLosses() {
        let confirmedLoss = Self.confirmedBit | Self.lossBit
        for index in statuses.indices where statuses[index] & confirmedLoss == confirmedLoss {
            statuses[index] &= ~Self.lossBit
        }
    }

    /// Adds rows of ``Observation/never`` until there are `newCount`.
    mutating func grow(to newCount: Int) {
        let addedCount = newCount - count
        guard addedCount > 0 else { return }
        statuses.append(contentsOf: repeatElement(0, count: addedCount))
        failures.append(contentsOf: repeatElement(0, count: addedCount))
        generations.append(contentsOf: repeatElement(0, count: addedCount))
        askedTimes.append(contentsOf: repeatElement(0, count: addedCount))
        observedTimes.append(contentsOf: repeatElement(0, count: addedCount))
    }
}

extension ObservationColumns {
    /// Which of 64 files were present when last checked, the first in the lowest bit.
    package struct Presence: Hashable, Sendable {
        /// Those that were present.
        package var seen: UInt64 = 0
        /// Those with a proof of the present version that is recent enough and not in question.
        package var proven: UInt64 = 0
    }

    /// The presence of up to 64 files from number `start` on.
    ///
    /// A proof is of the present version if it was compared with a generation no older than the
    /// file's in `changedIn`, and is recent enough from `earliest` on. Files beyond the end of
    /// either column are not present. Takes about 3 ns a file.
    package func presence(
        from start: Int,
        changedIn: [UInt32],
        earliest: Timestamp
    ) -> Presence {
        let end = min(start + 64, count, changedIn.count)
        guard start < end else { return Presence() }
        let statuses = statuses.span.extracting(start..<end)
        let generations = generations.span.extracting(start..<end)
        let observedTimes = observedTimes.span.extracting(start..<end)
        let changedIn = changedIn.span.extracting(start..<end)
        let present = Observation.Outcome.present.rawValue
        var presence = Presence()
        for index in 0..<end - start {
            let isSeen = statuses[index] & ~Self.flags == present
            let isProven =
                statuses[index] & Self.trustMask == Self.trusted
                && generations[index] >= changedIn[index]
                && Int64(observedTimes[index]) >= earliest.secondsSinceEpoch
            presence.seen |= (isSeen ? 1 : 0) << UInt64(index)
            presence.proven |= (isProven ? 1 : 0) << UInt64(index)
        }
        return presence
    }

    /// When the file with the number `index`, which is below `count`, was observed.
    package func observedAt(_ index: Int) -> Timestamp {
        Timestamp(secondsSinceEpoch: Int64(observedTimes[index]))
    }

    /// When those of the 64 files from `start` on whose bits in `files` are set were last observed,
    /// or `time` if that is later.
    package func latest(of files: UInt64, from start: Int, or time: Timestamp) -> Timestamp {
        let end = min(start + 64, count)
        guard start < end else { return time }
        let observedTimes = observedTimes.span.extracting(start..<end)
        // Usually none of the files is later, which is quick to test.
        var latest: UInt32 = 0
        for index in observedTimes.indices { latest = max(latest, observedTimes[index]) }
        guard Int64(latest) > time.secondsSinceEpoch else { return time }
        latest = 0
        for index in observedTimes.indices where files >> UInt64(index) & 1 == 1 {
            latest = max(latest, observedTimes[index])
        }
        return max(time, Timestamp(secondsSinceEpoch: Int64(latest)))
    }
}
