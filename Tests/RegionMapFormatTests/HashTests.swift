import Testing

@testable import RegionMapFormat

@Suite struct HashTests {
    /// Of every length at which the algorithm changes its way, as the reference implementation
    /// (xxHash 0.8) computes them.
    @Test(
        arguments: [
            ("", 0, 0xEF46_DB37_51D8_E999),
            ("a", 0, 0xD24E_C4F1_A98C_6E5B),
            ("", 2_654_435_761, 0xAC75_FDA2_929B_17EF),
            ("abc", 0, 0x44BC_2CF5_AD77_0999),
            ("Nobody inspects the spammish repetition", 0, 0xFBCE_A83C_8A37_8BF1),
        ] as [(String, UInt64, UInt64)]
    )
    func equalsXXH64(text: String, seed: UInt64, expected: UInt64) {
        let hash = unsafe PathHash.hash(Array(text.utf8).span.bytes, seed: seed)
        #expect(hash == expected)
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

    /// Short pieces are computed bit by bit, long ones by tables.
    @Test(arguments: 2040...2100)
    func crcDoesNotDependOnThePieces(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        var whole = CRC32()
        unsafe whole.update(bytes.span.bytes)
        var pieces = CRC32()
        unsafe pieces.update(bytes.span.bytes.extracting(0..<1001))
        unsafe pieces.update(bytes.span.bytes.extracting(1001..<count))
        #expect(whole.value == pieces.value)
    }
}
