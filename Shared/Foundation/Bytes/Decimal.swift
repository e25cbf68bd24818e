extension UInt64 {
    /// Puts one more ASCII digit behind a decimal number; false, where it is no digit or the number
    /// would need more than 64 bits.
    @inlinable
    package mutating func append(decimalDigit byte: UInt8) -> Bool {
        let digit = byte &- UInt8(ascii: "0")
        guard digit < 10 else { return false }
        let (tenfold, isTooLong) = multipliedReportingOverflow(by: 10)
        let (sum, isTooLarge) = tenfold.addingReportingOverflow(UInt64(digit))
        guard !isTooLong, !isTooLarge else { return false }
        self = sum
        return true
    }
}

extension Collection<UInt8> {
    /// The number that these ASCII digits say; nil where there are none, for anything else, and
    /// where it needs more than 64 bits.
    @inlinable
    package var decimal: UInt64? {
        guard !isEmpty else { return nil }
        var number: UInt64 = 0
        for byte in self {
            guard number.append(decimalDigit: byte) else { return nil }
        }
        return number
    }
}

extension Int64 {
    /// The number that ASCII digits say, behind a sign or none; nil for anything else, and where it
    /// needs more than 64 bits.
    @inlinable
    package init?(decimal text: ArraySlice<UInt8>) {
        let isNegative = text.first == UInt8(ascii: "-")
        guard let magnitude = text.dropFirst(isNegative ? 1 : 0).decimal else { return nil }
        if isNegative {
            guard magnitude <= Int64.min.magnitude else { return nil }
            self = Int64(truncatingIfNeeded: 0 &- magnitude)
        } else {
            guard let number = Int64(exactly: magnitude) else { return nil }
            self = number
        }
    }
}
