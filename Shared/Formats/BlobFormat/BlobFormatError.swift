/// Why bytes are not the expected blob.
///
/// Such a blob was written by something else or by a newer version, or is damaged; no part of it
/// may be used.
package enum BlobFormatError: Error, Equatable, CustomStringConvertible {
    /// The blob is of another type: its first four bytes are different.
    case wrongMagic(expected: String, actual: [UInt8])
    /// This reader does not know the blob's version.
    case unsupportedVersion(UInt16, newestSupported: UInt16)
    /// The bytes end too early.
    case truncated(expectedByteCount: UInt64, actualByteCount: Int)
    /// The blob differs from what was written, by its CRC-32.
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// There are bytes after the end of the blob.
    case trailingBytes(count: Int)
    /// A field has a value that no writer produces.
    case valueOutOfRange(field: String, value: String)
    /// The content exceeds this reader's limit.
    case tooLarge(byteCount: UInt64, limit: Int)
    /// The compressed content is not valid zlib data (RFC 1950).
    case badCompression(reason: String)

    package var description: String {
        switch self {
        case .wrongMagic(let expected, let actual):
            "not this type of blob: expected \"\(expected)\" at its start, found bytes \(actual)"
        case .unsupportedVersion(let version, let newest):
            "format version \(version), this program reads up to \(newest): deploy a newer release"
        case .truncated(let expected, let actual):
            "truncated: expected \(expected) bytes, found \(actual)"
        case .checksumMismatch(let stored, let computed):
            "damaged: CRC-32 says \(Self.hex(stored)), the bytes give \(Self.hex(computed))"
        case .trailingBytes(let count):
            "\(count) bytes follow the end of the blob"
        case .valueOutOfRange(let field, let value):
            "\(field) is \(value), which is out of range"
        case .tooLarge(let byteCount, let limit):
            "\(byteCount) bytes of content, at most \(limit) are accepted"
        case .badCompression(let reason):
            "the compressed content cannot be read: \(reason)"
        }
    }

    private static func hex(_ value: UInt32) -> String {
        "0x" + String(value, radix: 16)
    }
}
