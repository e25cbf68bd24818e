import FileDetailsFormat
import RegionMapFormat
import TestSupport
import Testing

@Suite struct FileDetailsTests {
    /// Two files and a link to the first, with all, one and no digests.
    private static func golden() throws(PathTableError) -> [UInt8] {
        var writer = FileDetailsWriter(catalogGeneration: 7)
        let digests: [DigestAlgorithm: [UInt8]] = [
            .sha256: [UInt8](repeating: 0x11, count: 32),
            .sha512: [UInt8](repeating: 0x22, count: 64),
            .blake2b: [UInt8](repeating: 0x33, count: 64),
        ]
        writer.add(path: "a.tar".utf8, byteCount: 1000, modified: 1_700_000_000, digests: digests)
        writer.add(path: "link".utf8, byteCount: 1000, modified: 1_700_000_000, digests: digests)
        writer.add(path: "b".utf8, byteCount: 0, modified: -1)
        return try writer.finished()
    }

    /// The outcome of a look-up, without the borrowed bytes.
    private struct Found: Equatable {
        var byteCount: UInt64
        var modified: Int64
        var digests: [DigestAlgorithm: [UInt8]] = [:]
    }

    private func find(_ path: String, in bytes: [UInt8]) throws(PathTableError) -> Found? {
        let view = try unsafe FileDetailsView(bytes.span.bytes)
        try view.verifyChecksum()
        return lookUp(path, in: view)
    }

    private func lookUp(_ path: String, in view: borrowing FileDetailsView) -> Found? {
        let key = Array(path.utf8)
        guard let file = unsafe view.file(at: key.span.bytes) else { return nil }
        var found = Found(byteCount: file.byteCount, modified: file.modified)
        for algorithm in DigestAlgorithm.allCases {
            guard let digest = view.digest(algorithm, of: file) else { continue }
            found.digests[algorithm] = unsafe digest.withUnsafeBytes { unsafe Array($0) }
        }
        return found
    }

    @Test func whatWasWrittenIsFound() throws {
        let bytes = try Self.golden()
        let a = try #require(try find("a.tar", in: bytes))
        #expect(a.byteCount == 1000)
        #expect(a.modified == 1_700_000_000)
        #expect(a.digests[.sha256] == [UInt8](repeating: 0x11, count: 32))
        #expect(a.digests[.sha512] == [UInt8](repeating: 0x22, count: 64))
        #expect(a.digests[.blake2b] == [UInt8](repeating: 0x33, count: 64))
        #expect(try find("link", in: bytes) == a)
        #expect(try find("b", in: bytes) == Found(byteCount: 0, modified: -1))
        for unknown in ["", "a", "a.tar/", "c"] { #expect(try find(unknown, in: bytes) == nil) }
        #expect(try unsafe FileDetailsHeader(bytes.span.bytes).catalogGeneration == 7)
        #expect(try unsafe FileDetailsHeader(bytes.span.bytes).fileCount == 3)
    }

    /// The bytes that FORMAT.md shows; a writer that changes them needs a new version.
    @Test func theGoldenFileIsThatOfTheSpecification() throws {
        let bytes = try Self.golden()
        #expect(Hexdump.text(of: bytes) == Self.goldenHexdump)
    }

    @Test func equalDigestsAreStoredOnce() throws {
        #expect(try Self.golden().count == 64 + 3 * 32 + 1 + 32 + 64 + 64)
    }

    @Test func nothingIsThereWithoutFiles() throws {
        let bytes = try FileDetailsWriter(catalogGeneration: 1).finished()
        #expect(bytes.count == 64)
        #expect(try find("a", in: bytes) == nil)
    }

    /// Digests and lengths are found as for a file that is still there.
    @Test func theTimeOfARemovalFollowsTheDigests() throws {
        var writer = FileDetailsWriter(catalogGeneration: 1)
        let digests: [DigestAlgorithm: [UInt8]] = [
            .sha256: [UInt8](repeating: 0x11, count: 32),
            .blake2b: [UInt8](repeating: 0x33, count: 64),
        ]
        writer.add(path: "there".utf8, byteCount: 1, modified: 2, digests: digests)
        writer.add(path: "gone".utf8, byteCount: 1, modified: 2, digests: digests, removedAt: -3)
        writer.add(path: "bare".utf8, byteCount: 1, modified: 2, removedAt: 1_700_000_000)
        let bytes = try writer.finished()
        let view = try unsafe FileDetailsView(bytes.span.bytes)
        let gone = Array("gone".utf8)
        #expect(try find("gone", in: bytes) == find("there", in: bytes))
        #expect(try find("bare", in: bytes)?.digests == [:])
        for (path, time) in [("there", nil), ("gone", -3), ("bare", 1_700_000_000)]
            as [(String, Int64?)]
        {
            let key = Array(path.utf8)
            let file = try #require(unsafe view.file(at: key.span.bytes))
            #expect(view.removedAt(of: file) == time)
        }
        // Details that are cut off after the digests are refused.
        let cut = Array(bytes.dropLast(4))
        #expect(throws: PathTableError.self) {
            try find(String(decoding: gone, as: UTF8.self), in: cut)
        }
    }

    @Test func aDigestOfAnotherLengthIsLeftOut() throws {
        var writer = FileDetailsWriter(catalogGeneration: 1)
        writer.add(path: "a".utf8, byteCount: 1, modified: 0, digests: [.sha512: [1, 2, 3]])
        #expect(try find("a", in: writer.finished())?.digests == [:])
    }

    @Test func aPathThatWasAddedTwiceIsRefused() {
        var writer = FileDetailsWriter(catalogGeneration: 1)
        for _ in 0..<2 { writer.add(path: "a".utf8, byteCount: 1, modified: 0) }
        #expect(throws: PathTableError(.fileDetails, .duplicatePath)) { try writer.finished() }
    }

    @Test func agreesWithADictionaryOnRandomCatalogs() throws {
        var state: UInt64 = 42
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 16
        }
        var expected: [String: Found] = [:]
        var writer = FileDetailsWriter(catalogGeneration: 1)
        while expected.count < 2_000 {
            let path = "distfiles/\(next() % 100)/file-\(next())"
            var found = Found(byteCount: next(), modified: Int64(next() % 2_000_000_000))
            if next() % 2 == 0 {
                found.digests[.sha512] = [UInt8](
                    repeating: UInt8(truncatingIfNeeded: next()),
                    count: 64
                )
            }
            guard expected[path] == nil else { continue }
            expected[path] = found
            writer.add(
                path: path.utf8,
                byteCount: found.byteCount,
                modified: found.modified,
                digests: found.digests
            )
        }
        let bytes = try writer.finished()
        let view = try unsafe FileDetailsView(bytes.span.bytes)
        for (path, found) in expected {
            #expect(lookUp(path, in: view) == found)
            #expect(lookUp(path + "x", in: view) == nil)
        }
    }

    // MARK: Damage

    @Test func everyProperPrefixIsRefused() throws {
        let bytes = try Self.golden()
        for count in 0..<bytes.count {
            let prefix = Array(bytes[..<count])
            #expect(throws: PathTableError.self) { try find("a.tar", in: prefix) }
        }
        #expect(throws: PathTableError.self) { try find("a.tar", in: bytes + [0]) }
    }

    @Test func everyFlippedBitIsFound() throws {
        let bytes = try Self.golden()
        for bit in 0..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: PathTableError.self) { try find("a.tar", in: damaged) }
        }
    }

    /// A reader that opens details without verifying the checksum gets a wrong answer at worst.
    @Test func damageThatNobodyLookedForNeverTraps() throws {
        let bytes = try Self.golden()
        for bit in 64 * 8..<bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            let view = try unsafe FileDetailsView(damaged.span.bytes)
            for path in ["a.tar", "b", "c"] { _ = lookUp(path, in: view) }
        }
    }

    @Test func eachDefectHasItsError() throws {
        try expectNamedDefects(of: Self.golden()) { changed in
            do throws(PathTableError) {
                _ = try find("a.tar", in: changed)
                return nil
            } catch {
                return error.fault
            }
        }
    }

    private static let goldenHexdump = """
        0000  46 44 54 4c 01 00 40 00 07 00 00 00 03 00 00 00
        0010  00 00 00 00 00 00 00 00 a1 00 00 00 00 00 00 00
        0020  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00
        0030  00 00 00 00 00 00 00 00 3d c1 8b 0a 4f 18 66 43
        0040  38 e8 19 a7 dc d4 4e 44 8a 4b f2 11 88 06 52 5c
        0050  24 87 e8 e1 21 d9 13 6c 00 00 00 00 00 00 00 00
        0060  ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff
        0070  e8 03 00 00 00 00 00 00 00 f1 53 65 00 00 00 00
        0080  00 00 00 00 00 00 00 00 e8 03 00 00 00 00 00 00
        0090  00 f1 53 65 00 00 00 00 00 00 00 00 00 00 00 00
        00a0  07 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11
        00b0  11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11
        00c0  11 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22
        00d0  22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22
        00e0  22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22
        00f0  22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22
        0100  22 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33
        0110  33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33
        0120  33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33
        0130  33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33
        0140  33
        """
}
