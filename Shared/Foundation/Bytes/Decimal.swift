extension UInt64 {
    /// Appends an ASCII digit to a decimal number; false if it is not a digit or the number would
    /// exceed 64 bits.
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
    /// The number in these ASCII digits; nil if there are none, for anything else, and if it
    /// exceeds 64 bits.
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
    /// The number in ASCII digits with an optional sign; nil for anything else, and if it exceeds
    /// 64 bits.
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
