/// A point in time, in whole seconds since 1970-01-01T00:00:00Z.
///
/// Files, HTTP dates and cron all use seconds, and so do the stored formats. Durations are plain
/// seconds.
package struct Timestamp: Hashable, Sendable {
    package var secondsSinceEpoch: Int64

    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    /// The seconds from `earlier` to this time; saturates instead of overflowing.
    package func seconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) =
            secondsSinceEpoch.subtractingReportingOverflow(earlier.secondsSinceEpoch)
        guard overflow else { return difference }
        return earlier.secondsSinceEpoch < 0 ? .max : .min
    }

    /// The time `seconds` after this one; saturates instead of overflowing.
    package func advanced(bySeconds seconds: Int64) -> Timestamp {
        let (sum, overflow) = secondsSinceEpoch.addingReportingOverflow(seconds)
        guard overflow else { return Timestamp(secondsSinceEpoch: sum) }
        return Timestamp(secondsSinceEpoch: seconds < 0 ? .min : .max)
    }
}

extension Timestamp {
    /// How far two clocks may differ before one counts as wrong, in seconds.
    package static let clockTolerance: Int64 = 300

    /// Whether the time is so far ahead of `now` that a clock must be wrong.
    ///
    /// A time in the future says nothing about an age, so it counts as unknown wherever ages
    /// matter.
    package func isAhead(of now: Timestamp) -> Bool {
        seconds(since: now) > Self.clockTolerance
    }
}

extension Timestamp: Comparable {
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }
}
