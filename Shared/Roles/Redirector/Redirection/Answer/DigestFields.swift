import Bytes
import FileDetailsFormat

extension FileDetailsView {
    /// Ends the previous line and begins lines with the known digests of the file at `path`:
    /// `Repr-Digest` (RFC 9530) and, for clients from before 2024, `Digest` (RFC 3230, RFC 5843).
    ///
    /// They describe the file that the redirect leads to, as in RFC 6249. BLAKE2b is in neither
    /// registry. At most 340 bytes.
    func appendDigests(of path: [UInt8], to answer: inout OutputSpan<UInt8>) {
        guard let file = unsafe file(at: path.span.bytes) else { return }
        let sha256 = digest(.sha256, of: file)
        let sha512 = digest(.sha512, of: file)
        guard sha256 != nil || sha512 != nil else { return }
        answer.append("\r\nRepr-Digest: ")
        answer.append(digest: sha256, "sha-256=:", ":")
        if sha256 != nil, sha512 != nil { answer.append(", ") }
        answer.append(digest: sha512, "sha-512=:", ":")
        answer.append("\r\nDigest: ")
        answer.append(digest: sha256, "SHA-256=", "")
        if sha256 != nil, sha512 != nil { answer.append(",") }
        answer.append(digest: sha512, "SHA-512=", "")
    }
}

extension OutputSpan<UInt8> {
    /// Appends a digest in base64 between two texts; nothing if it is unknown.
    fileprivate mutating func append(
        digest: RawSpan?,
        _ start: StaticString,
        _ end: StaticString
    ) {
        guard let digest else { return }
        append(start)
        append(base64: digest)
        append(end)
    }

    /// Appends `bytes` in base64 (RFC 4648, section 4).
    package mutating func append(base64 bytes: RawSpan) {
        var offset = 0
        while offset < bytes.byteCount {
            var group: UInt32 = 0
            for position in 0..<3 {
                let index = offset + position
                let byte =
                    index < bytes.byteCount
                    ? unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self) : 0
                group = group << 8 | UInt32(byte)
            }
            let count = min(bytes.byteCount - offset, 3)
            for position in 0..<4 as Range<UInt32> {
                append(
                    position <= UInt32(count)
                        ? Self.base64Digit(group >> (18 - 6 * position) & 63) : UInt8(ascii: "=")
                )
            }
            offset += 3
        }
    }

    private static func base64Digit(_ value: UInt32) -> UInt8 {
        let value = UInt8(truncatingIfNeeded: value)
        return switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: UInt8(ascii: "+")
        default: UInt8(ascii: "/")
        }
    }
}
