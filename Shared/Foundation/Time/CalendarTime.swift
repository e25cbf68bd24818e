/// A time split into the fields of the proleptic Gregorian calendar, in UTC.
package struct CalendarTime: Equatable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    /// 0 is Sunday.
    package var weekday: Int

    /// Years outside 0 to 9999 are clamped, because no format here can represent them.
    ///
    /// The algorithm is Howard Hinnant's `civil_from_days`
    /// (https://howardhinnant.github.io/date_algorithms.html). Seconds are divided as 64 bits, even
    /// if `Int` has 32; the days fit into either.
    package init(_ time: Timestamp) {
        let oldest: Int64 = -62_167_219_200
        let newest: Int64 = 253_402_300_799
        let seconds = min(max(time.secondsSinceEpoch, oldest), newest)
        let wholeDays = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400
        let days = Int(wholeDays)
        let secondOfDay = Int(seconds - wholeDays * 86_400)
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = secondOfDay / 3600
        minute = secondOfDay / 60 % 60
        second = secondOfDay % 60
        weekday = ((days % 7) + 11) % 7
    }
}

extension Timestamp {
    /// The time for a date and a time of day in UTC; nil if a field is out of range.
    ///
    /// The 31st of a shorter month runs over into the next, as in C's `timegm`, and a leap second
    /// is the second after it. Days are counted with Howard Hinnant's `days_from_civil`
    /// (https://howardhinnant.github.io/date_algorithms.html).
    package init?(
        year: Int,
        month: Int,
        day: Int,
        hour: Int = 0,
        minute: Int = 0,
        second: Int = 0
    ) {
        guard (0...9999).contains(year), (1...12).contains(month), (1...31).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let secondOfDay = hour * 3600 + minute * 60 + second
        self.init(secondsSinceEpoch: Int64(days) * 86_400 + Int64(secondOfDay))
    }
}
