import Mirrors

/// Times for pages, JSON and XML.
enum Moment {
    /// As RFC 3339 has it: `2026-11-22T19:01:51Z`.
    static func rfc3339(_ time: Timestamp) -> String {
        let moment = CalendarTime(time)
        let date = "\(padded(moment.year, 4))-\(padded(moment.month))-\(padded(moment.day))"
        return "\(date)T\(padded(moment.hour)):\(padded(moment.minute)):\(padded(moment.second))Z"
    }

    /// The moment that ``rfc3339(_:)`` writes so; nil for anything else.
    ///
    /// Days by Howard Hinnant's algorithm (https://howardhinnant.github.io/date_algorithms.html).
    static func timestamp(rfc3339 text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count == 20, bytes[19] == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int64? {
            Int64(String(decoding: bytes[range], as: UTF8.self))
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            (1...12).contains(month)
        else { return nil }
        // Years begin in March here, so that a leap day is the last of its year.
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
        let time = Timestamp(
            secondsSinceEpoch: ((days * 24 + hour) * 60 + minute) * 60 + second
        )
        return rfc3339(time) == text ? time : nil
    }

    /// How long `time` was before `now`, in the largest unit that fits: `3 hours ago`.
    static func age(of time: Timestamp, at now: Timestamp) -> String {
        let seconds = max(now.seconds(since: time), 0)
        let units: [(seconds: Int64, name: String)] = [
            (86_400, "day"), (3_600, "hour"), (60, "minute"),
        ]
        for unit in units where seconds >= unit.seconds {
            let count = seconds / unit.seconds
            return "\(count) \(unit.name)\(count == 1 ? "" : "s") ago"
        }
        return "just now"
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(width - digits.count, 0)) + digits
    }
}
