import Bytes

/// Text that is put together for HTML or XML; what is not markup gets in escaped only.
struct MarkupText {
    private(set) var bytes: [UInt8] = []

    /// Appends markup as it stands.
    mutating func markup(_ text: StaticString) {
        bytes.append(text)
    }

    /// Appends text, fit for an element and for an attribute in double quotes.
    ///
    /// What neither XML 1.0 nor HTML may hold becomes U+FFFD.
    mutating func text(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": markup("&amp;")
            case "<": markup("&lt;")
            case ">": markup("&gt;")
            case "\"": markup("&quot;")
            case "'": markup("&#39;")
            case "\t", "\n": bytes.append(UInt8(truncatingIfNeeded: scalar.value))
            case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": markup("\u{FFFD}")
            default: bytes.append(contentsOf: String(scalar).utf8)
            }
        }
    }

    mutating func text(_ number: some BinaryInteger) {
        bytes.append(contentsOf: String(number).utf8)
    }

    /// Appends what was put together elsewhere.
    mutating func append(_ other: MarkupText) {
        bytes += other.bytes
    }
}
