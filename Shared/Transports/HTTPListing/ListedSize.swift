import Bytes

/// Lengths in the formats of listings.
enum ListedSize {
    /// The number, if the text consists only of digits; servers write no other exact lengths.
    static func exact(_ text: ArraySlice<UInt8>) -> UInt64? {
        guard !text.isEmpty, text.count <= 19, text.allSatisfy(\.isDigit) else { return nil }
        return UInt64(String(decoding: text, as: UTF8.self))
    }

    /// The range of lengths that a rounded one such as `12K`, `1.2 MiB` or `700 B` may stand for,
    /// with powers of 1,000 or of 1,024; nil if the text is not one.
    static func range(_ text: ArraySlice<UInt8>) -> ClosedRange<Double>? {
        let number = text.prefix { $0.isDigit || $0 == UInt8(ascii: ".") }
        let unit = text.dropFirst(number.count).drop { $0.isBlank }
        guard number.contains(where: \.isDigit), number.count <= 12,
            let value = Double(String(decoding: number, as: UTF8.self)),
            let exponent = exponent(of: unit)
        else { return nil }
        // One unit of the last digit, either way.
        let decimals =
            number.firstIndex(of: UInt8(ascii: ".")).map { number.endIndex - $0 - 1 } ?? 0
        let step = (0..<decimals).reduce(1.0) { step, _ in step / 10 }
        let least = max(0, value - step) * power(1000, exponent)
        return least...max(least, (value + step) * power(1024, exponent))
    }

    private static func power(_ base: Double, _ exponent: Int) -> Double {
        (0..<exponent).reduce(1.0) { power, _ in power * base }
    }

    /// 0 for bytes, 1 for kilobytes and so on; nil for an unknown unit.
    private static func exponent(of unit: ArraySlice<UInt8>) -> Int? {
        let text = String(decoding: unit, as: UTF8.self).lowercased()
        if ["", "b", "byte", "bytes"].contains(text) { return 0 }
        guard let letter = text.first, let index = Array("kmgtp").firstIndex(of: letter),
            ["", "b", "ib", "byte", "bytes"].contains(text.dropFirst())
        else { return nil }
        return index + 1
    }
}
