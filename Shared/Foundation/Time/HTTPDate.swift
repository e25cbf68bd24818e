import Bytes

/// Dates in HTTP's format: `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110, section 5.6.7).
package enum HTTPDate {
    private static let byteCount = 29

    /// The 29 bytes of `time`.
    package static func bytes(_ time: Timestamp) -> [UInt8] {
        let moment = CalendarTime(time)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(byteCount)
        append(moment.weekday, of: "SunMonTueWedThuFriSat", to: &bytes)
        bytes.append(", ")
        bytes.append(digits: 2, of: moment.day)
        bytes.append(" ")
        append(moment.month - 1, of: months, to: &bytes)
        bytes.append(" ")
        bytes.append(digits: 4, of: moment.year)
        bytes.append(" ")
        bytes.append(digits: 2, of: moment.hour)
        bytes.append(":")
        bytes.append(digits: 2, of: moment.minute)
        bytes.append(":")
        bytes.append(digits: 2, of: moment.second)
        bytes.append(" GMT")
        return bytes
    }

    /// The time written in the bytes of `range`; nil for anything else.
    ///
    /// Nil includes the two obsolete formats, which no current server sends. The name of the day is
    /// ignored.
    package static func timestamp(_ bytes: Span<UInt8>, in range: Range<Int>) -> Timestamp? {
        guard range.upperBound - range.lowerBound == byteCount else { return nil }
        let text = bytes.extracting(range)
        let blank = UInt8(ascii: " ")
        guard text[3] == UInt8(ascii: ","), text[4] == blank, text[7] == blank, text[11] == blank,
            text[16] == blank, text[19] == UInt8(ascii: ":"), text[22] == UInt8(ascii: ":"),
            text.extracting(25..<29).equals(" GMT"),
            let day = twoDigits(text, 5), let month = month(text.extracting(8..<11)),
            let century = twoDigits(text, 12), let year = twoDigits(text, 14),
            let hour = twoDigits(text, 17), let minute = twoDigits(text, 20),
            let second = twoDigits(text, 23)
        else { return nil }
        return Timestamp(
            year: century * 100 + year,
            month: month,
            day: day,
            hour: hour,
            minute: minute,
            second: second
        )
    }

    /// The number in the two digits at `index`; nil for other bytes.
    @inline(__always)
    private static func twoDigits(_ text: Span<UInt8>, _ index: Int) -> Int? {
        let (tens, ones) = (text[index] &- 0x30, text[index + 1] &- 0x30)
        return tens < 10 && ones < 10 ? Int(tens) * 10 + Int(ones) : nil
    }

    private static var months: StaticString { "JanFebMarAprMayJunJulAugSepOctNovDec" }

    /// The number of a month, 1 to 12, from the three letters of its name.
    private static func month(_ name: Span<UInt8>) -> Int? {
        for month in 0..<12 {
            let start = unsafe months.utf8Start + 3 * month
            if unsafe start[0] == name[0] && start[1] == name[1] && start[2] == name[2] {
                return month + 1
            }
        }
        return nil
    }

    /// Appends one of `names`, which have three letters each.
    private static func append(_ index: Int, of names: StaticString, to bytes: inout [UInt8]) {
        for letter in 3 * index..<3 * index + 3 { bytes.append(unsafe names.utf8Start[letter]) }
    }
}
