import Bytes

extension JSONValue: CustomStringConvertible {
    /// The value as JSON on one line, control characters escaped.
    package var description: String {
        String(decoding: serialized(), as: UTF8.self)
    }

    /// The value as JSON on one line, in UTF-8.
    ///
    /// Numbers that JSON cannot write become null.
    package func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indentation: nil)
        return bytes
    }

    /// The value as JSON for people: two blanks per level, a final newline.
    package func prettySerialized() -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indentation: 0)
        bytes.append(0x0A)
        return bytes
    }

    private func write(to bytes: inout [UInt8], indentation: Int?) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let bool): bytes.append(contentsOf: (bool ? "true" : "false").utf8)
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .number(let number):
            bytes.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
        case .string(let string): Self.write(string, to: &bytes)
        case .array(let elements):
            Self.write(elements, "[", "]", to: &bytes, indentation) { element, bytes, deeper in
                element.write(to: &bytes, indentation: deeper)
            }
        case .object(let object):
            Self.write(object.members, "{", "}", to: &bytes, indentation) { member, bytes, deeper in
                Self.write(member.key, to: &bytes)
                bytes.append(contentsOf: (deeper == nil ? ":" : ": ").utf8)
                member.value.write(to: &bytes, indentation: deeper)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        _ open: String,
        _ close: String,
        to bytes: inout [UInt8],
        _ indentation: Int?,
        _ writeElement: (Element, inout [UInt8], Int?) -> Void
    ) {
        func newline(_ level: Int) {
            bytes.append(0x0A)
            bytes.append(contentsOf: repeatElement(0x20, count: 2 * level))
        }
        bytes.append(contentsOf: open.utf8)
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            if let indentation { newline(indentation + 1) }
            writeElement(element, &bytes, indentation.map { $0 + 1 })
        }
        if let indentation, !elements.isEmpty { newline(indentation) }
        bytes.append(contentsOf: close.utf8)
    }

    private static func write(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var previous: UInt8 = 0
        for byte in string.utf8 {
            switch byte {
            case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
            case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
            case 0x0A: bytes.append(contentsOf: "\\n".utf8)
            case 0x0D: bytes.append(contentsOf: "\\r".utf8)
            case 0x09: bytes.append(contentsOf: "\\t".utf8)
            case 0..<0x20, 0x7F:
                bytes.append("\\u00")
                bytes.append(hexadecimal: byte)
            case 0x80...0x9F where previous == 0xC2:
                // The C1 controls, U+0080 to U+009F: a terminal obeys U+009B as it does ESC [.
                bytes.removeLast()
                bytes.append("\\u00")
                bytes.append(hexadecimal: byte)
            default: bytes.append(byte)
            }
            previous = byte
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
