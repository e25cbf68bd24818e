import Bytes

extension Timestamp: CustomStringConvertible {
    /// The time in RFC 3339 format, in UTC: `2026-11-22T15:47:00Z`.
    package var description: String {
        var text: [UInt8] = []
        text.reserveCapacity(20)
        text.append(rfc3339: self)
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends `moment` in RFC 3339 format, in UTC: 20 characters.
    package mutating func append(rfc3339 moment: Timestamp) {
        let time = CalendarTime(moment)
        append(digits: 4, of: time.year)
        append("-")
        append(digits: 2, of: time.month)
        append("-")
        append(digits: 2, of: time.day)
        append("T")
        append(digits: 2, of: time.hour)
        append(":")
        append(digits: 2, of: time.minute)
        append(":")
        append(digits: 2, of: time.second)
        append("Z")
    }
}

extension Timestamp {
    /// Parses `2026-11-22T15:47:00Z`, or with a fraction of the second, which is dropped:
    /// `2026-11-22T15:47:00.000Z`.
    ///
    /// Nil for anything else, including other time zones and invalid days.
    package init?(rfc3339 text: Span<UInt8>) {
        guard text.count >= 20, text.count <= 32, text[text.count - 1] == UInt8(ascii: "Z"),
            text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"),
            let year = text.decimal(in: 0..<4), let month = text.decimal(in: 5..<7),
            let day = text.decimal(in: 8..<10), let hour = text.decimal(in: 11..<13),
            let minute = text.decimal(in: 14..<16), let second = text.decimal(in: 17..<19)
        else { return nil }
        if text.count > 20 {
            guard text[19] == UInt8(ascii: "."), text.decimal(in: 20..<text.count - 1) != nil
            else { return nil }
        }
        // Four digits at most, so they fit.
        guard let date = Timestamp(year: Int(year), month: Int(month), day: Int(day)),
            CalendarTime(date).day == Int(day)
        else { return nil }
        self.init(
            year: Int(year),
            month: Int(month),
            day: Int(day),
            hour: Int(hour),
            minute: Int(minute),
            second: Int(second)
        )
    }
}
