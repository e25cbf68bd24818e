import Bytes

/// The encoding of strings in a JSON text.
enum JSONEscaping {
    /// Appends `text` in double quotes.
    static func append(_ text: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        append(valid: text.utf8Span.span, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends the escaped `text` without quotes; invalid UTF-8 becomes U+FFFD.
    static func append(contents text: Span<UInt8>, to bytes: inout [UInt8]) {
        // Nearly all texts are plain ASCII, whose encoding need not be checked.
        if endOfPlain(in: text, from: 0) == text.count {
            bytes.append(copying: text)
        } else {
            let repaired = unsafe text.withUnsafeBufferPointer {
                unsafe String(decoding: $0, as: UTF8.self)
            }
            append(valid: repaired.utf8Span.span, to: &bytes)
        }
    }

    /// The printable ASCII characters that need no escape.
    private static let plain = ByteSet(low: 0xFFFF_FFFB_0000_0000, high: 0x7FFF_FFFF_EFFF_FFFF)

    private static func endOfPlain(in text: Span<UInt8>, from start: Int) -> Int {
        text.endOfRun(of: plain, from: start)
    }

    private static func append(valid text: Span<UInt8>, to bytes: inout [UInt8]) {
        var offset = 0
        while offset < text.count {
            let end = endOfPlain(in: text, from: offset)
            if end > offset { bytes.append(copying: text.extracting(offset..<end)) }
            guard end < text.count else { return }
            offset = append(unitAt: end, of: text, to: &bytes)
        }
    }

    /// Appends a character that is not plain; returns the offset after it.
    private static func append(
        unitAt offset: Int,
        of text: Span<UInt8>,
        to bytes: inout [UInt8]
    ) -> Int {
        let byte = text[offset]
        switch byte {
        case UInt8(ascii: "\""): bytes.append("\\\"")
        case UInt8(ascii: "\\"): bytes.append("\\\\")
        case 0x0A: bytes.append("\\n")
        case 0x0D: bytes.append("\\r")
        case 0x09: bytes.append("\\t")
        case 0..<0x20, 0x7F:
            bytes.append("\\u00")
            bytes.append(hexadecimal: byte)
        case 0xC2 where offset + 1 < text.count && (0x80...0x9F).contains(text[offset + 1]):
            // The C1 controls, U+0080 to U+009F: terminals treat U+009B like ESC [.
            bytes.append("\\u00")
            bytes.append(hexadecimal: text[offset + 1])
            return offset + 2
        default: bytes.append(byte)
        }
        return offset + 1
    }
}
