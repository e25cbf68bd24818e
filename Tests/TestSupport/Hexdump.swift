/// Bytes as in the documents of the formats: sixteen per line, after their offset.
package enum Hexdump {
    package static func text(of bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 16).map { start in
            let line = bytes[start..<min(start + 16, bytes.count)].map { hex(Int($0), digits: 2) }
            return hex(start, digits: 4) + "  " + line.joined(separator: " ")
        }.joined(separator: "\n")
    }

    private static func hex(_ value: Int, digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: max(digits - text.count, 0)) + text
    }
}
