import Bytes

/// Character references in text and attributes.
enum HTMLText {
    /// Decodes `text`; unknown references are left unchanged.
    static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        let ampersand = UInt8(ascii: "&")
        guard text.contains(ampersand) else { return Array(text) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text
        while let byte = rest.popFirst() {
            // The longest one that matters is "&#x10FFFF;".
            if byte == ampersand, let end = rest.prefix(10).firstIndex(of: UInt8(ascii: ";")),
                let scalar = scalar(rest[rest.startIndex..<end])
            {
                bytes.append(contentsOf: String(Character(scalar)).utf8)
                rest = rest[(end + 1)...]
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func scalar(_ name: ArraySlice<UInt8>) -> Unicode.Scalar? {
        let text = String(decoding: name, as: UTF8.self)
        switch text {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        case "nbsp": return "\u{A0}"
        case "hellip": return "\u{2026}"
        default: break
        }
        guard text.hasPrefix("#") else { return nil }
        let digits = text.dropFirst()
        let number =
            digits.first == "x" || digits.first == "X"
            ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init)
    }

    /// `text` without leading and trailing white space, including no-break spaces.
    static func trimmed(_ text: [UInt8]) -> ArraySlice<UInt8> {
        let unbroken: [UInt8] = [0xC2, 0xA0]
        var rest = text[...]
        while let first = rest.first {
            if first.isBlank {
                rest.removeFirst()
            } else if rest.starts(with: unbroken) {
                rest.removeFirst(2)
            } else {
                break
            }
        }
        while let last = rest.last {
            if last.isBlank {
                rest.removeLast()
            } else if rest.suffix(2).elementsEqual(unbroken) {
                rest.removeLast(2)
            } else {
                break
            }
        }
        return rest
    }
}
