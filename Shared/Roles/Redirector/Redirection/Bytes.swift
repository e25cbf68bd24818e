/// Classes of bytes, each a bitmap of the 128 ASCII codes.
///
/// A bit test costs less than a chain of comparisons and needs no table in memory.
package struct ByteSet: Sendable {
    private let low: UInt64
    private let high: UInt64

    /// The set of the ASCII characters of `text`.
    package init(_ text: String) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for byte in text.utf8 where byte < 128 {
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        self.low = low
        self.high = high
    }

    private init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    @inline(__always)
    package func contains(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }

    /// Whether letters, digits, `-`, `.` and `_` are in it.
    var holdsCommonBytes: Bool {
        let commonLow = Self.alphanumericLow | 0x0000_6000_0000_0000
        let commonHigh = Self.alphanumericHigh | 0x8000_0000
        return low & commonLow == commonLow && high & commonHigh == commonHigh
    }

    /// `0-9 A-Z a-z`, as bits 48 to 57 and, from 64 on, 1 to 26 and 33 to 58.
    private static let alphanumericLow: UInt64 = 0x03FF_0000_0000_0000
    private static let alphanumericHigh: UInt64 = 0x07FF_FFFE_07FF_FFFE

    /// What a method or a field name is made of: `tchar` of RFC 9110, section 5.6.2.
    package static let token = ByteSet(
        low: alphanumericLow | 0x0000_6CFA_0000_0000,
        high: alphanumericHigh | 0x5000_0001_C000_0000
    )

    /// What a Host value is made of: RFC 3986's unreserved characters and sub-delimiters, `%`, `:`
    /// and the brackets of IPv6 addresses.
    package static let host = ByteSet(
        low: alphanumericLow | 0x2C00_7FF2_0000_0000,
        high: alphanumericHigh | 0x4000_0000_A800_0000
    )

    /// What a query is made of: RFC 3986, section 3.4, but for `'`, which some HTML readers take for
    /// the end of an attribute; `%` is dealt with apart.
    package static let query = ByteSet(
        low: alphanumericLow | 0xAC00_FF52_0000_0000,
        high: alphanumericHigh | 0x4000_0000_8000_0001
    )

    /// The visible ASCII characters that mean nothing in a request target but themselves: all but `/`,
    /// `%`, `?` and `#`.
    package static let plainInTarget = ByteSet(
        low: 0x7FFF_7FD6_0000_0000,
        high: 0x7FFF_FFFF_FFFF_FFFF
    )

    /// The visible ASCII characters but those that would end a URL in a Link header or an HTML attribute,
    /// those that no URL has, and those that end a path: `"#<>?\^`{|}`.
    package static let safeInHeader = ByteSet(
        low: 0x2FFF_FFF2_0000_0000,
        high: 0x47FF_FFFE_AFFF_FFFF
    )

    /// What stands for itself in an encoded path: RFC 3986's unreserved characters and `/`.
    package static let unreservedOrSlash = ByteSet(
        low: alphanumericLow | 0x0000_E000_0000_0000,
        high: alphanumericHigh | 0x4000_0000_8000_0000
    )
}

extension Span<UInt8> {
    /// A copy of these bytes.
    package var array: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }

    package func equals(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }

    /// Whether these bytes are the UTF-8 of `text`.
    package func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices {
            guard unsafe self[index] == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether these bytes are `text`, which is lower case, in any case.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices {
            let byte = self[index]
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard unsafe lower == text.utf8Start[index] else { return false }
        }
        return true
    }

    /// Whether these bytes are `other` but for the case of letters.
    package func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        func folded(_ byte: UInt8) -> UInt8 {
            (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        }
        guard count == other.count else { return false }
        for index in indices where folded(self[index]) != folded(other[index]) { return false }
        return true
    }

    /// `range` without the spaces and tabs at both of its ends.
    package func trimmed(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower] == 0x20 || self[lower] == 0x09 { lower += 1 }
        while upper > lower, self[upper - 1] == 0x20 || self[upper - 1] == 0x09 { upper -= 1 }
        return lower..<upper
    }

    /// Whether a comma-separated list in `range` holds `token`, which is lower case, in any case.
    package func list(in range: Range<Int>, holds token: StaticString) -> Bool {
        var start = range.lowerBound
        while start <= range.upperBound {
            var end = start
            while end < range.upperBound, self[end] != UInt8(ascii: ",") { end += 1 }
            if extracting(trimmed(start..<end)).equalsIgnoringCase(token) { return true }
            start = end + 1
        }
        return false
    }
}
