import Compression

/// A type of blob, and how its content is protected against damage.
///
/// A sealed blob is a header of 28 bytes followed by the stored content; all integers are
/// little-endian:
///
///     0   magic, 4 ASCII characters that name the type
///     4   version of the content's layout, 16 bits
///     6   flags, 16 bits: 1 = the content is stored compressed (zlib, RFC 1950); others must be 0
///     8   byte count of the content as stored, 64 bits
///     16  byte count of the content, 64 bits
///     24  CRC-32 (as zlib computes it) of bytes 0 to 23 and of the stored content, 32 bits
///     28  the stored content, up to the end of the blob
///
/// The checksum covers the header too, so any single-bit error is detected.
package struct BlobType: Sendable {
    /// Four ASCII characters.
    package let magic: String
    /// The version that is written; this and all earlier versions can be read.
    package let version: UInt16
    /// The maximum size of the content in bytes, so that a malicious blob cannot exhaust memory.
    package let contentLimit: Int

    package static let headerByteCount = 28

    private static let compressedFlag: UInt16 = 1

    package init(magic: StaticString, version: UInt16, contentLimit: Int) {
        precondition(magic.utf8CodeUnitCount == 4, "a blob's magic is four ASCII characters")
        self.magic = magic.description
        self.version = version
        self.contentLimit = contentLimit
    }

    /// The blob with `content`.
    package func sealed(
        _ content: [UInt8],
        compression: Compression = .deflate
    ) -> [UInt8] {
        // The content goes directly after the space for the header, which needs its length.
        var blob = [UInt8](repeating: 0, count: Self.headerByteCount)
        switch compression {
        case .none: blob += content
        case .deflate: Zlib.compress(content, onto: &blob)
        }
        let storedByteCount = blob.count - Self.headerByteCount
        var header = ByteWriter(reservingByteCount: Self.headerByteCount)
        header.append(magic.utf8)
        header.append(version)
        header.append(compression == .none ? 0 : Self.compressedFlag)
        header.append(UInt64(storedByteCount))
        header.append(UInt64(content.count))
        let stored = blob[Self.headerByteCount...]
        header.append(Zlib.crc32(stored, after: Zlib.crc32(header.bytes[...])))
        blob.replaceSubrange(..<Self.headerByteCount, with: header.bytes)
        return blob
    }

    /// Whether content is compressed when it is sealed.
    package enum Compression: Sendable {
        case none
        case deflate
    }

    /// The content of `blob`, with the version of its layout.
    ///
    /// The content is then complete and unchanged, but may still be invalid if its writer was
    /// wrong.
    package func open(
        _ blob: [UInt8]
    ) throws(BlobFormatError) -> (content: [UInt8], version: UInt16) {
        var header = ByteReader(blob)
        let actualMagic = try Array(header.readBytes(4))
        guard actualMagic == Array(magic.utf8) else {
            throw .wrongMagic(expected: magic, actual: actualMagic)
        }
        let version = try header.readUInt16()
        let flags = try header.readUInt16()
        let storedByteCount = try header.readUInt64()
        let contentByteCount = try header.readUInt64()
        let checksum = try header.readUInt32()
        guard storedByteCount <= UInt64(header.remainingByteCount) else {
            throw .truncated(
                expectedByteCount: UInt64(Self.headerByteCount).addingOrMax(storedByteCount),
                actualByteCount: blob.count
            )
        }
        let stored = try header.readBytes(Int(storedByteCount))
        try header.finish()
        let computed = Zlib.crc32(stored, after: Zlib.crc32(blob[..<24]))
        guard checksum == computed else {
            throw .checksumMismatch(stored: checksum, computed: computed)
        }
        guard (1...self.version).contains(version) else {
            throw .unsupportedVersion(version, newestSupported: self.version)
        }
        guard contentByteCount <= UInt64(contentLimit) else {
            throw .tooLarge(byteCount: contentByteCount, limit: contentLimit)
        }
        switch flags {
        case 0:
            guard contentByteCount == storedByteCount else {
                throw .valueOutOfRange(field: "content byte count", value: "\(contentByteCount)")
            }
            return (Array(stored), version)
        case Self.compressedFlag:
            do throws(CompressionError) {
                return (
                    try Zlib.decompressed(stored, byteCount: Int(contentByteCount)),
                    version
                )
            } catch {
                throw .badCompression(reason: error.description)
            }
        default:
            throw .valueOutOfRange(field: "flags", value: "\(flags)")
        }
    }
}

extension UInt64 {
    /// The sum, or the maximum value if it overflows.
    fileprivate func addingOrMax(_ other: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
