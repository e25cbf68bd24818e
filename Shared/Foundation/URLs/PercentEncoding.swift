import Bytes

/// Percent-encoding by RFC 3986, section 2.
package enum PercentEncoding {
    /// The byte encoded by the two digits after the percent sign at `index`; nil if there are no
    /// two digits.
    @inlinable
    package static func byte(ofEscapeAt index: Int, in text: Span<UInt8>) -> UInt8? {
        guard index + 2 < text.count, let high = Hexadecimal.value(ofDigit: text[index + 1]),
            let low = Hexadecimal.value(ofDigit: text[index + 2])
        else { return nil }
        return high << 4 | low
    }

    /// How to treat a percent sign that is not followed by two digits.
    package enum StrayPercent {
        /// As a literal.
        case stands
        /// As an error of the whole text.
        case refused
    }

    /// Decodes a text; nil only if it contains a stray percent sign that is refused.
    package static func decoded(_ text: Span<UInt8>, stray: StrayPercent) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index] != UInt8(ascii: "%") {
                bytes.append(text[index])
                index += 1
            } else if let byte = byte(ofEscapeAt: index, in: text) {
                bytes.append(byte)
                index += 3
            } else {
                guard stray == .stands else { return nil }
                bytes.append(text[index])
                index += 1
            }
        }
        return bytes
    }

    /// Decodes a text; a stray percent sign is a literal.
    package static func decoded(_ text: Span<UInt8>) -> [UInt8] {
        decoded(text, stray: .stands) ?? []
    }

    /// The decoded text; nil if an escape is truncated, decodes to NUL, or the result is not UTF-8.
    package static func decodedText(_ text: some StringProtocol) -> String? {
        guard let bytes = decoded(Array(text.utf8).span, stray: .refused), !bytes.contains(0)
        else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}

// MARK: - Encoding

extension PercentEncoding {
    /// Appends the escape of `byte`.
    @inlinable
    package static func append(escapeOf byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "%"))
        bytes.append(Hexadecimal.upperDigit(byte >> 4))
        bytes.append(Hexadecimal.upperDigit(byte))
    }

    /// Appends `path`, percent-encoded except for unreserved characters and `/`.
    ///
    /// `+` becomes `%2B`, so that servers that decode forms find the file, and a literal `%2F` in a
    /// name becomes `%252F`.
    package static func append(path: Span<UInt8>, to bytes: inout [UInt8]) {
        append(path, literals: .unreservedOrSlash, to: &bytes)
    }

    /// Appends `path`, an array, percent-encoded like a span.
    package static func append(path: [UInt8], to bytes: inout [UInt8]) {
        append(path: path.span, to: &bytes)
    }

    /// `path`, percent-encoded except for unreserved characters and `/`.
    package static func encoded(path: [UInt8]) -> String {
        String(decoding: encodedBytes(path: path), as: UTF8.self)
    }

    /// `path`, percent-encoded except for unreserved characters and `/`, as ASCII bytes.
    package static func encodedBytes(path: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        append(path: path.span, to: &bytes)
        return bytes
    }

    /// `text`, percent-encoded except for unreserved characters: a path segment, or a part of a
    /// query.
    package static func encoded(component text: String) -> String {
        var bytes: [UInt8] = []
        append(Array(text.utf8).span, literals: .unreserved, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `text`, percent-encoded except for bytes in `literals`.
    @inline(__always)
    private static func append(
        _ text: Span<UInt8>,
        literals: ByteSet,
        to bytes: inout [UInt8]
    ) {
        // Nearly all texts are literal as a whole.
        let start = text.endOfRun(of: literals, from: 0)
        guard start < text.count else { return bytes.append(copying: text) }
        bytes.append(addingCapacity: text.count * 3) { bytes in
            var offset = 0
            while offset < text.count {
                // Nearly all bytes are literal: copy them in runs.
                let run = text.endOfRun(of: literals, from: offset)
                bytes.append(copying: text.extracting(offset..<run))
                offset = run
                guard offset < text.count else { break }
                bytes.append(UInt8(ascii: "%"))
                bytes.append(Hexadecimal.upperDigit(text[offset] >> 4))
                bytes.append(Hexadecimal.upperDigit(text[offset]))
                offset += 1
            }
        }
    }

    /// Appends a query that a client sent, without its `?`.
    ///
    /// Existing escapes are kept, and every other byte that RFC 3986 does not allow there is
    /// escaped, including a stray `%`.
    package static func append(query: Span<UInt8>, to bytes: inout [UInt8]) {
        for index in query.indices {
            let byte = query[index]
            let isEscape =
                byte == UInt8(ascii: "%") && self.byte(ofEscapeAt: index, in: query) != nil
            if isEscape || ByteSet.query.contains(byte) {
                bytes.append(byte)
            } else {
                append(escapeOf: byte, to: &bytes)
            }
        }
    }
}
