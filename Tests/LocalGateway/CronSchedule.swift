import Foundation

/// When a function is called: five fields (minute, hour, day of month, month, day of week), a name
/// such as `@hourly`, or `@every 90s`; in UTC, as in a container.
///
/// The fields follow crontab(5): `*`, numbers, names of months and days, ranges, steps and lists.
/// When both days are restricted, either of them matches.
enum CronSchedule: Equatable {
    case every(seconds: Int)
    case fields(Fields)

    /// A schedule that cannot be parsed.
    struct Failure: Error, Equatable, CustomStringConvertible {
        let schedule: String

        var description: String {
            "the schedule \"\(schedule)\" is not understood: expected five fields, @every "
                + "DURATION, @hourly, @daily, @weekly, @monthly or @yearly"
        }
    }

    /// The values that each field permits.
    struct Fields: Equatable {
        var minutes: Set<Int>
        var hours: Set<Int>
        var daysOfMonth: Set<Int>
        var months: Set<Int>
        /// 0 is Sunday.
        var daysOfWeek: Set<Int>
        /// Whether a day needs to match only one of its two fields.
        var matchesEitherDay: Bool
    }

    init(_ text: String) throws(Failure) {
        let failure = Failure(schedule: text)
        let words = text.split(separator: " ").map(String.init)
        switch words.first {
        case "@every":
            guard words.count == 2, let seconds = Duration.seconds(in: words[1]), seconds > 0 else {
                throw failure
            }
            self = .every(seconds: seconds)
        case "@hourly": self = try CronSchedule("0 * * * *")
        case "@daily", "@midnight": self = try CronSchedule("0 0 * * *")
        case "@weekly": self = try CronSchedule("0 0 * * 0")
        case "@monthly": self = try CronSchedule("0 0 1 * *")
        case "@yearly", "@annually": self = try CronSchedule("0 0 1 1 *")
        default:
            guard words.count == 5, let fields = Fields(words) else { throw failure }
            self = .fields(fields)
        }
    }

    /// The first time after `date` in the schedule; nil if there is none within eight years, such
    /// as for 30 February.
    func next(after date: Date) -> Date? {
        switch self {
        case .every(let seconds):
            return date.addingTimeInterval(Double(seconds))
        case .fields(let fields):
            return fields.next(after: date)
        }
    }
}

extension CronSchedule.Fields {
    private static let monthNames = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    /// Nil if a field is out of range or cannot be parsed.
    init?(_ words: [String]) {
        guard let minutes = Self.values(words[0], 0...59),
            let hours = Self.values(words[1], 0...23),
            let daysOfMonth = Self.values(words[2], 1...31),
            let months = Self.values(words[3], 1...12, names: Self.monthNames),
            let daysOfWeek = Self.values(words[4], 0...7, names: Self.dayNames)
        else { return nil }
        self.minutes = minutes
        self.hours = hours
        self.daysOfMonth = daysOfMonth
        self.months = months
        self.daysOfWeek = Set(daysOfWeek.map { $0 % 7 })
        matchesEitherDay = !words[2].hasPrefix("*") && !words[4].hasPrefix("*")
    }

    /// The values of a list such as `1-5,10-40/10`.
    private static func values(
        _ field: String,
        _ range: ClosedRange<Int>,
        names: [String] = []
    ) -> Set<Int>? {
        func number(_ text: Substring) -> Int? {
            if let index = names.firstIndex(of: text.lowercased()) {
                return index + range.lowerBound
            }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
        var values: Set<Int> = []
        for item in field.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            let step = parts.count == 2 ? Int(parts[1]) : 1
            guard (1...2).contains(parts.count), let step, step > 0 else { return nil }
            let bounds = parts[0].split(separator: "-", omittingEmptySubsequences: false)
            if parts[0] == "*" {
                values.formUnion(
                    stride(from: range.lowerBound, through: range.upperBound, by: step)
                )
            } else if bounds.count == 2, let low = number(bounds[0]), let high = number(bounds[1]),
                low <= high
            {
                values.formUnion(stride(from: low, through: high, by: step))
            } else if bounds.count == 1, let value = number(bounds[0]) {
                // crontab(5) as robfig/cron reads it: 5/10 is from 5 to the end in steps of 10.
                let end = parts.count == 2 ? range.upperBound : value
                values.formUnion(stride(from: value, through: end, by: step))
            } else {
                return nil
            }
        }
        return values
    }

    fileprivate func next(after date: Date) -> Date? {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let start = date.timeIntervalSince1970 / 60
        let firstMinute = Int(start.rounded(.down)) + 1
        let minutesPerDay = 1_440
        let firstDay = Int((Double(firstMinute) / Double(minutesPerDay)).rounded(.down))
        for day in firstDay..<(firstDay + 8 * 366) {
            let midnight = Date(timeIntervalSince1970: Double(day * minutesPerDay * 60))
            guard matchesDay(calendar.dateComponents([.day, .month, .weekday], from: midnight))
            else {
                continue
            }
            for hour in hours.sorted() {
                for minute in minutes.sorted() {
                    let candidate = day * minutesPerDay + hour * 60 + minute
                    if candidate >= firstMinute {
                        return Date(timeIntervalSince1970: Double(candidate * 60))
                    }
                }
            }
        }
        return nil
    }

    private func matchesDay(_ parts: DateComponents) -> Bool {
        guard let day = parts.day, let month = parts.month, let weekday = parts.weekday else {
            return false
        }
        let (inMonth, inWeek) = (daysOfMonth.contains(day), daysOfWeek.contains(weekday - 1))
        return months.contains(month) && (matchesEitherDay ? inMonth || inWeek : inMonth && inWeek)
    }
}
