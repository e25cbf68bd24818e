/// Reads the dates of header fields (RFC 9110, section 5.6.7).
enum HTTPDate {
    /// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since 1970; nil for anything else.
    ///
    /// That includes the two obsolete forms, which no server of this century sends. The name of the
    /// day is not looked at.
    static func seconds(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int64? {
        guard range.count == 29 else { return nil }
        func byte(_ offset: Int) -> UInt8 { bytes[range.lowerBound + offset] }
        func number(_ offset: Int, _ count: Int) -> Int64? {
            var number: Int64 = 0
            for offset in offset..<offset + count {
                let digit = byte(offset) &- UInt8(ascii: "0")
                guard digit < 10 else { return nil }
                number = number * 10 + Int64(digit)
            }
            return number
        }
        let blank = UInt8(ascii: " ")
        guard byte(3) == UInt8(ascii: ","), byte(4) == blank, byte(7) == blank, byte(11) == blank,
            byte(16) == blank, byte(19) == UInt8(ascii: ":"), byte(22) == UInt8(ascii: ":"),
            byte(25) == blank, byte(26) == UInt8(ascii: "G"), byte(27) == UInt8(ascii: "M"),
            byte(28) == UInt8(ascii: "T"),
            let day = number(5, 2), let month = month(byte(8), byte(9), byte(10)),
            let year = number(12, 4), let hour = number(17, 2), let minute = number(20, 2),
            let second = number(23, 2), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        return days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// 1 to 12 by the three letters of the name.
    private static func month(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> Int64? {
        let names: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
        for month in 0..<12 {
            let start = 3 * month
            let isMatch =
                unsafe names.utf8Start[start] == first
                && names.utf8Start[start + 1] == second && names.utf8Start[start + 2] == third
            if isMatch { return Int64(month + 1) }
        }
        return nil
    }

    /// Days since 1970 by Howard Hinnant's `days_from_civil`
    /// (https://howardhinnant.github.io/date_algorithms.html).
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
