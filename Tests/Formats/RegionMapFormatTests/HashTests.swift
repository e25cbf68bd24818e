import TestSupport
import Testing

@testable import RegionMapFormat

@Suite struct HashTests {
    /// The texts and hashes that are distributed with wyhash (test_vector.cpp, final version 4.2).
    @Test(
        arguments: [
            ("", 0, 0x9322_8A4D_E0EE_C5A2),
            ("a", 1, 0xC5BA_C3DB_1787_13C4),
            ("abc", 2, 0xA97F_2F7B_1D9B_3314),
            ("message digest", 3, 0x786D_1F1D_F380_1DF4),
            ("abcdefghijklmnopqrstuvwxyz", 4, 0xDCA5_A813_8AD3_7C87),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 5,
                0xB9E7_34F1_17CF_AF70
            ),
            (String(repeating: "1234567890", count: 8), 6, 0x6CC5_EAB4_9A92_D617),
        ] as [(String, UInt64, UInt64)]
    )
    func equalsWyhash(text: String, seed: UInt64, expected: UInt64) {
        let hash = unsafe PathHash.hash(Array(text.utf8).span.bytes, seed: seed)
        #expect(hash == expected)
    }

    /// Lengths for which the reference implementation's results are known: bytes that count up in
    /// steps of seven.
    @Test(
        arguments: [
            (1, 0x39A1_0BDE_68F1_5A1B), (3, 0xE962_9F9B_D922_7E63), (4, 0xF610_24DB_5A71_5A40),
            (8, 0xEF68_2408_86D1_9638), (14, 0x419E_65D2_E78D_5560), (16, 0xA9AE_CB23_FB1C_B420),
            (17, 0xDB40_98D1_0618_BC3C), (32, 0x8082_521D_FB78_D6D4), (48, 0xAEE0_15B8_9490_A9C7),
            (80, 0x601B_5B2D_AFEF_7258),
        ] as [(Int, UInt64)]
    )
    func equalsWyhashAtEveryLength(count: Int, expected: UInt64) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) }
        #expect(unsafe PathHash.hash(bytes.span.bytes, seed: 0) == expected)
    }

    @Test func dependsOnTheSeed() {
        let path = Array("distfiles/00/a.tar.xz".utf8)
        let hashes = Set((0..<100).map { unsafe PathHash.hash(path.span.bytes, seed: $0) })
        #expect(hashes.count == 100)
    }

    @Test(
        arguments: [
            ("", 0),
            ("123456789", 0xCBF4_3926),
            ("The quick brown fox jumps over the lazy dog", 0x414F_A339),
        ] as [(String, UInt32)]
    )
    func equalsCRC32OfZlib(text: String, expected: UInt32) {
        var checksum = CRC32()
        unsafe checksum.update(Array(text.utf8).span.bytes)
        #expect(checksum.value == expected)
    }

    /// Short inputs are computed bit by bit, long ones by an instruction of the processor or with
    /// tables.
    @Test(arguments: 2040...2200)
    func crcDoesNotDependOnThePieces(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        var whole = CRC32()
        unsafe whole.update(bytes.span.bytes)
        var pieces = CRC32()
        unsafe pieces.update(bytes.span.bytes.extracting(0..<1001))
        unsafe pieces.update(bytes.span.bytes.extracting(1001..<count))
        #expect(whole.value == pieces.value)
        var tables = CRC32()
        unsafe tables.updateSlicing(bytes.span.bytes)
        #expect(whole.value == tables.value)
    }
}
