import Bytes
import Time

/// HTML or XML under construction; everything but markup is escaped.
struct MarkupText {
    private(set) var bytes: [UInt8] = []

    /// An empty text with room for `capacity` bytes.
    init(capacity: Int = 0) {
        bytes.reserveCapacity(capacity)
    }

    /// Appends markup unchanged.
    mutating func markup(_ text: StaticString) {
        bytes.append(text)
    }

    /// Appends text, escaped for an element or an attribute in double quotes.
    ///
    /// Characters that XML 1.0 or HTML forbids become U+FFFD.
    mutating func text(_ text: String) {
        self.text(text.utf8Span.span)
    }

    /// Appends UTF-8 text; invalid sequences also become U+FFFD.
    mutating func text(_ text: Span<UInt8>) {
        var offset = 0
        while true {
            // Nearly all texts need no escaping.
            let end = text.endOfRun(of: Self.plain, from: offset)
            if end > offset { bytes.append(copying: text.extracting(offset..<end)) }
            guard end < text.count else { return }
            guard text[end] < 0x80 else {
                let rest = text.extracting(end..<text.count)
                append(
                    scalarsOf: unsafe rest.withUnsafeBufferPointer {
                        unsafe String(decoding: $0, as: UTF8.self)
                    }
                )
                return
            }
            append(Unicode.Scalar(text[end]))
            offset = end + 1
        }
    }

    mutating func text(_ number: some BinaryInteger) {
        if number < 0 { bytes.append(UInt8(ascii: "-")) }
        bytes.append(decimal: UInt64(clamping: number.magnitude))
    }

    /// Appends a time in RFC 3339 format.
    mutating func text(_ time: Timestamp) {
        bytes.append(rfc3339: time)
    }

    /// Appends how long ago `time` was.
    mutating func text(ageOf time: Timestamp, at now: Timestamp) {
        RelativeTime.append(ageOf: time, at: now, to: &bytes)
    }

    /// Appends other markup text.
    mutating func append(_ other: MarkupText) {
        bytes += other.bytes
    }

    /// Printable ASCII except `&`, `<`, `>` and quotes.
    private static let plain = ByteSet(low: 0xAFFF_FF3B_0000_0000, high: 0x7FFF_FFFF_FFFF_FFFF)

    private mutating func append(scalarsOf text: String) {
        for scalar in text.unicodeScalars { append(scalar) }
    }

    private mutating func append(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "&": markup("&amp;")
        case "<": markup("&lt;")
        case ">": markup("&gt;")
        case "\"": markup("&quot;")
        case "'": markup("&#39;")
        case "\t", "\n": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
        case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": markup("\u{FFFD}")
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
    }
}
