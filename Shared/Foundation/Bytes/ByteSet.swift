/// A set of ASCII characters, as a bitmap of the 128 codes.
///
/// A bit test costs less than a chain of comparisons and needs no table in memory.
@usableFromInline
package struct ByteSet: Sendable {
    @usableFromInline let low: UInt64
    @usableFromInline let high: UInt64

    /// The set of the bytes whose bits are set: 0 to 63 in `low`, 64 to 127 in `high`.
    @inlinable
    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// The set of the ASCII characters in `text`.
    package init(_ text: StaticString) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for index in 0..<text.utf8CodeUnitCount {
            let byte = unsafe text.utf8Start[index]
            guard byte < 128 else { continue }
            if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
        }
        self.low = low
        self.high = high
    }

    @inlinable
    @inline(__always)
    package func contains(_ byte: UInt8) -> Bool {
        guard byte < 128 else { return false }
        return (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
    }

    /// Whether it contains letters, digits, `-`, `.` and `_`.
    @inlinable
    package var holdsCommonBytes: Bool {
        let common = Self.alphanumeric.union(ByteSet(low: 0x0000_6000_0000_0000, high: 0x8000_0000))
        return low & common.low == common.low && high & common.high == common.high
    }

    /// The union of both sets.
    @inlinable
    package func union(_ other: ByteSet) -> ByteSet {
        ByteSet(low: low | other.low, high: high | other.high)
    }

    /// `0-9 A-Z a-z`, as bits 48 to 57 and, from 64 on, 1 to 26 and 33 to 58.
    @inlinable
    package static var alphanumeric: ByteSet {
        ByteSet(low: 0x03FF_0000_0000_0000, high: 0x07FF_FFFE_07FF_FFFE)
    }
}
