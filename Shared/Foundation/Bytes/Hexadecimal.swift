/// Hexadecimal digits.
@usableFromInline
package enum Hexadecimal {
    /// The value of a digit of either case, or nil.
    @inlinable
    package static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The lower-case digit of the low four bits of `value`.
    @inlinable
    package static func lowerDigit(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ value &- 10
    }

    /// The upper-case digit of the low four bits of `value`.
    @inlinable
    package static func upperDigit(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "A") &+ value &- 10
    }
}

extension [UInt8] {
    /// Appends `byte` as two lower-case digits.
    package mutating func append(hexadecimal byte: UInt8) {
        append(Hexadecimal.lowerDigit(byte >> 4))
        append(Hexadecimal.lowerDigit(byte))
    }

    /// Decodes pairs of hexadecimal digits; nil if there is anything else.
    package init?(hexadecimal digits: ArraySlice<UInt8>) {
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        var rest = digits
        while let high = rest.popFirst(), let low = rest.popFirst() {
            guard let high = Hexadecimal.value(ofDigit: high),
                let low = Hexadecimal.value(ofDigit: low)
            else { return nil }
            append(high << 4 | low)
        }
    }
}

extension String {
    /// `bytes` in lower-case hexadecimal, two digits for each.
    package init(hexadecimal bytes: some Collection<UInt8>) {
        var digits: [UInt8] = []
        digits.reserveCapacity(2 * bytes.count)
        for byte in bytes { digits.append(hexadecimal: byte) }
        self = String(decoding: digits, as: UTF8.self)
    }
}
