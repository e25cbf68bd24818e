import BlobFormat
import Compression
import Testing

@Suite struct BlobTypeTests {
    static let type = BlobType(magic: "TEST", version: 3, contentLimit: 1 << 20)
    static let content = Array("the content, the content, the content".utf8)
    static let compressions: [BlobType.Compression] = [.none, .deflate]

    @Test(arguments: compressions)
    func opensWhatItSealed(compression: BlobType.Compression) throws {
        for content in [[], [7], Self.content, Array(repeating: 0, count: 100_000)] as [[UInt8]] {
            let opened = try Self.type.open(Self.type.sealed(content, compression: compression))
            #expect(opened.content == content)
            #expect(opened.version == 3)
        }
    }

    @Test func compressesByDefault() {
        let zeros = [UInt8](repeating: 0, count: 100_000)
        #expect(Self.type.sealed(zeros).count < 1000)
        #expect(Self.type.sealed(zeros, compression: .none).count == 100_028)
    }

    /// 16 MiB are compressed to some 70 KB; no buffer for the worst case is made or kept.
    @Test func needsNoMoreRoomThanTheBlob() throws {
        let content = [UInt8](repeating: 7, count: 16 << 20)
        let type = BlobType(magic: "TEST", version: 3, contentLimit: 16 << 20)
        let blob = type.sealed(content)
        #expect(blob.count < 100_000)
        #expect(blob.capacity < 300_000)
        #expect(try type.open(blob).content == content)
    }

    @Test func hasTheDocumentedLayout() {
        // The CRC-32 is Python's: zlib.crc32(header[:24] + content).
        let expected: [UInt8] =
            Array("TEST".utf8) + [3, 0, 0, 0] + [2, 0, 0, 0, 0, 0, 0, 0] + [2, 0, 0, 0, 0, 0, 0, 0]
            + [0x59, 0x69, 0xB5, 0xAA] + Array("hi".utf8)
        #expect(Self.type.sealed(Array("hi".utf8), compression: .none) == expected)
    }

    @Test(arguments: compressions)
    func rejectsEveryProperPrefix(compression: BlobType.Compression) {
        let blob = Self.type.sealed(Self.content, compression: compression)
        for count in 0..<blob.count {
            #expect {
                try Self.type.open(Array(blob[..<count]))
            } throws: { error in
                guard case .truncated(_, count)? = error as? BlobFormatError else { return false }
                return true
            }
        }
    }

    @Test(arguments: compressions)
    func rejectsEveryFlippedBit(compression: BlobType.Compression) {
        let blob = Self.type.sealed(Self.content, compression: compression)
        for bit in 0..<(8 * blob.count) {
            var damaged = blob
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: BlobFormatError.self) { try Self.type.open(damaged) }
        }
    }

    @Test func namesWhatIsWrong() {
        let blob = Self.type.sealed(Self.content)
        #expect(throws: BlobFormatError.wrongMagic(expected: "REST", actual: Array("TEST".utf8))) {
            try BlobType(magic: "REST", version: 3, contentLimit: 1000).open(blob)
        }
        #expect(throws: BlobFormatError.unsupportedVersion(3, newestSupported: 2)) {
            try BlobType(magic: "TEST", version: 2, contentLimit: 1000).open(blob)
        }
        #expect(throws: BlobFormatError.tooLarge(byteCount: 37, limit: 36)) {
            try BlobType(magic: "TEST", version: 3, contentLimit: 36).open(blob)
        }
        #expect(throws: BlobFormatError.trailingBytes(count: 1)) {
            try Self.type.open(blob + [0])
        }
        var damaged = blob
        damaged[blob.count - 1] ^= 1
        #expect {
            try Self.type.open(damaged)
        } throws: {
            guard case .checksumMismatch? = $0 as? BlobFormatError else { return false }
            return true
        }
    }

    /// Blobs with a right checksum and false contents.
    static let lies: [(flags: UInt16, stored: [UInt8], contentByteCount: UInt64)] = [
        (2, [1, 2], 2),
        (0, [1, 2], 3),
        (1, [1, 2], 2),
        (1, Array("x\u{9c}".utf8), 1 << 19),
        (1, compressedABC + [0], 3),
        (1, compressedABC, 2),
        (1, compressedABC, 4),
    ]

    /// `zlib.compress(b"abc")`.
    static let compressedABC: [UInt8] = [
        0x78, 0x9C, 0x4B, 0x4C, 0x4A, 0x06, 0x00, 0x02, 0x4D, 0x01, 0x27,
    ]

    @Test(arguments: lies)
    func rejectsALieUnderARightChecksum(
        flags: UInt16,
        stored: [UInt8],
        contentByteCount: UInt64
    ) {
        let blob = Self.blob(flags: flags, stored: stored, contentByteCount: contentByteCount)
        #expect(throws: BlobFormatError.self) { try Self.type.open(blob) }
    }

    @Test func readsWhatAnotherZlibWrote() throws {
        let blob = Self.blob(flags: 1, stored: Self.compressedABC, contentByteCount: 3)
        #expect(try Self.type.open(blob).content == Array("abc".utf8))
    }

    static func blob(flags: UInt16, stored: [UInt8], contentByteCount: UInt64) -> [UInt8] {
        var writer = ByteWriter()
        writer.append("TEST".utf8)
        writer.append(UInt16(3))
        writer.append(flags)
        writer.append(UInt64(stored.count))
        writer.append(contentByteCount)
        writer.append(Zlib.crc32((writer.bytes + stored)[...]))
        writer.append(stored)
        return writer.bytes
    }
}
