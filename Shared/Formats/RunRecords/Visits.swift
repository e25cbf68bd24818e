package import Time

/// How many questions about files an access point answered, by day (UTC).
package struct Visits: Equatable, Sendable {
    /// Days since 1970.
    package var day: Int64
    /// On that day so far.
    package var count: Int
    /// On the day before; nil if nothing was counted then.
    package var earlierCount: Int?

    package init(day: Int64, count: Int, earlierCount: Int? = nil) {
        self.day = day
        self.count = count
        self.earlierCount = earlierCount
    }

    /// The visits of earlier checks, and `count` more at `time`.
    package init(after earlier: Visits?, adding count: Int, at time: Timestamp) {
        let day = Self.day(of: time)
        guard let earlier, earlier.day <= day else {
            self.init(day: day, count: count)
            return
        }
        if earlier.day == day {
            self = earlier
            let (sum, isTooLarge) = earlier.count.addingReportingOverflow(count)
            self.count = isTooLarge ? .max : sum
        } else {
            let wasYesterday = earlier.day == day - 1
            self.init(day: day, count: count, earlierCount: wasYesterday ? earlier.count : 0)
        }
    }

    /// The number on the day before the one of `now`, which stays the same all day; nil if unknown.
    package func countOfYesterday(now: Timestamp) -> Int? {
        switch Self.day(of: now) - day {
        case 0: earlierCount
        case 1: count
        default: nil
        }
    }

    private static func day(of time: Timestamp) -> Int64 { time.secondsSinceEpoch / 86_400 }
}
