/// A reason why bytes are not the blob that was asked for.
///
/// A blob that gives one of these was written by something else, by a newer version, or was
/// damaged; its bytes mean nothing and no part of it may be used.
package enum BlobFormatError: Error, Equatable, CustomStringConvertible {
    /// The blob is of another type: its first four bytes are not the type's.
    case wrongMagic(expected: String, actual: [UInt8])
    /// The blob is of a version that this reader does not know.
    case unsupportedVersion(UInt16, newestSupported: UInt16)
    /// The bytes end before what must be there does.
    case truncated(expectedByteCount: UInt64, actualByteCount: Int)
    /// The blob is not what was written: the CRC-32 differs.
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// The blob goes on after its end.
    case trailingBytes(count: Int)
    /// A field holds a value that no writer gives it.
    case valueOutOfRange(field: String, value: String)
    /// The content is larger than this reader takes.
    case tooLarge(byteCount: UInt64, limit: Int)
    /// The compressed content is not what zlib writes (RFC 1950).
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
