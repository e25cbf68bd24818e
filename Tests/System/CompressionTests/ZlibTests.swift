import Compression
import TestSupport
import Testing

@Suite struct ZlibTests {
    /// The output of `zlib.compress(b"abc")` in Python.
    private static let compressedABC: [UInt8] = [
        0x78, 0x9C, 0x4B, 0x4C, 0x4A, 0x06, 0x00, 0x02, 0x4D, 0x01, 0x27,
    ]

    @Test(arguments: [0, 1, 65_535, 65_536, 65_537, 1 << 20])
    func takesBackWhatItCompressed(byteCount: Int) throws {
        var generator = SeededGenerator(seed: UInt64(byteCount))
        // Half of it is compressible.
        let bytes = (0..<byteCount).map { index in
            index < byteCount / 2
                ? UInt8(index >> 8 & 0xFF) : UInt8.random(in: 0...255, using: &generator)
        }
        var compressed: [UInt8] = [1, 2, 3]
        Zlib.compress(bytes, onto: &compressed)
        #expect(compressed.prefix(3) == [1, 2, 3])
        #expect(try Zlib.decompressed(compressed.dropFirst(3), byteCount: byteCount) == bytes)
    }

    @Test func readsWhatAnotherZlibWrote() throws {
        #expect(
            try Zlib.decompressed(Self.compressedABC[...], byteCount: 3) == Array("abc".utf8)
        )
    }

    static let lies: [(bytes: [UInt8], byteCount: Int, reason: String)] = [
        (compressedABC + [0], 3, "1 bytes follow its end"),
        (compressedABC, 2, "it is longer than the header says, or cut"),
        (compressedABC, 4, "it is shorter than the header says"),
        (compressedABC.dropLast(), 3, "it is longer than the header says, or cut"),
        ([1, 2], 2, "it is not in the zlib format, or cut"),
        (compressedABC, 1 << 20, "11 bytes cannot hold 1048576"),
    ]

    @Test(arguments: lies)
    func saysWhatIsWrong(_ row: (bytes: [UInt8], byteCount: Int, reason: String)) {
        #expect {
            try Zlib.decompressed(row.bytes[...], byteCount: row.byteCount)
        } throws: {
            "\($0)" == row.reason
        }
    }

    /// The expected values are Python's `zlib.crc32`.
    @Test func goesOnWithAChecksum() {
        let text = Array("123456789".utf8)
        #expect(Zlib.crc32(text[...]) == 0xCBF4_3926)
        #expect(Zlib.crc32(text[4...], after: Zlib.crc32(text[..<4])) == 0xCBF4_3926)
        #expect(Zlib.crc32([]) == 0)
        #expect(Zlib.crc32([], after: 7) == 7)
    }
}
