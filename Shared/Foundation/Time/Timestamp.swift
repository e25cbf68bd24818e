/// A moment in whole seconds since 1970-01-01T00:00:00Z.
///
/// Files, HTTP dates and cron all count in seconds, and the formats store them so. Durations are
/// plain seconds.
package struct Timestamp: Hashable, Sendable {
    package var secondsSinceEpoch: Int64

    package init(secondsSinceEpoch: Int64) {
        self.secondsSinceEpoch = secondsSinceEpoch
    }

    /// The seconds from `earlier` to this moment; saturates instead of overflowing.
    package func seconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) =
            secondsSinceEpoch.subtractingReportingOverflow(earlier.secondsSinceEpoch)
        guard overflow else { return difference }
        return earlier.secondsSinceEpoch < 0 ? .max : .min
    }

    /// The moment `seconds` after this one; saturates instead of overflowing.
    package func advanced(bySeconds seconds: Int64) -> Timestamp {
        let (sum, overflow) = secondsSinceEpoch.addingReportingOverflow(seconds)
        guard overflow else { return Timestamp(secondsSinceEpoch: sum) }
        return Timestamp(secondsSinceEpoch: seconds < 0 ? .min : .max)
    }
}

extension Timestamp: Comparable {
    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSinceEpoch < right.secondsSinceEpoch
    }
}
