import Bytes

extension JSONValue: CustomStringConvertible {
    /// The value as JSON on one line, with control characters escaped.
    package var description: String {
        String(decoding: serialized(), as: UTF8.self)
    }

    /// The value as JSON on one line, in UTF-8.
    ///
    /// Numbers that JSON cannot represent become null.
    package func serialized() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// The value as readable JSON: two spaces per level, and a final newline.
    package func prettySerialized() -> [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes, indentation: 0)
        bytes.append(0x0A)
        return bytes
    }

    /// Appends the value.
    ///
    /// On one line without an `indentation`, otherwise in lines indented by that many levels.
    package func append(to bytes: inout [UInt8], indentation: Int? = nil) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let bool): bytes.append(contentsOf: (bool ? "true" : "false").utf8)
        case .integer(let integer): bytes.append(contentsOf: String(integer).utf8)
        case .number(let number):
            bytes.append(contentsOf: (number.isFinite ? "\(number)" : "null").utf8)
        case .string(let string): JSONEscaping.append(string, to: &bytes)
        case .array(let elements):
            Self.write(elements, "[", "]", to: &bytes, indentation) { element, bytes, deeper in
                element.append(to: &bytes, indentation: deeper)
            }
        case .object(let object):
            Self.write(object.members, "{", "}", to: &bytes, indentation) { member, bytes, deeper in
                JSONEscaping.append(member.key, to: &bytes)
                bytes.append(contentsOf: (deeper == nil ? ":" : ": ").utf8)
                member.value.append(to: &bytes, indentation: deeper)
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
}
