import Testing

@testable import RegionMapFormat

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The files below `Tests/Fixtures/maps`: good maps that the writer must continue to produce, and
/// bad ones that readers must continue to refuse.
///
/// `WRITE_FIXTURES=1 swift test --filter FixtureTests` writes them again; look at the differences
/// before you commit them, because every difference is a change of the format.
@Suite(.serialized) struct FixtureTests {
    /// A good map's bytes as the writer of this commit makes them.
    struct Good: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: @Sendable () throws -> [UInt8]
        var testDescription: String { name }
        var path: String { "Fixtures/maps/good/\(name).map" }
    }

    /// The golden map with a defect, and the error that a reader gives for it.
    struct Bad: Sendable, CustomTestStringConvertible {
        var name: String
        var error: RegionMapError
        var spoil: @Sendable (inout [UInt8]) -> Void
        var testDescription: String { name }
        var path: String { "Fixtures/maps/bad/\(name).map" }
    }

    static let goods = [
        Good(name: "golden", bytes: golden),
        Good(name: "rare-sets") { try Model.small().written() },
        Good(name: "ranked-sets") { try Model.ranked().written() },
        Good(name: "empty") {
            try RegionMapWriter(regionID: "nowhere", catalogGeneration: 0, builtAt: 0).finished()
        },
    ]

    /// The map that FORMAT.md explains byte by byte.
    @Sendable static func golden() throws -> [UInt8] {
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 7,
            builtAt: 1_787_359_501
        )
        for (index, scheme) in [RegionMapScheme.https, .http, .https].enumerated() {
            let name = index < 2 ? "a" : "b"
            try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: index == 1 ? "\(name)-http" : "\(name)-https",
                    mirrorID: name,
                    mirrorName: "Mirror \(name)",
                    baseURL: "\(index == 1 ? "http" : "https")://\(name).example/",
                    clientCountries: "",
                    scheme: scheme,
                    hasIPv6: index < 2,
                    country: RegionMapCountry(rawValue: index < 2 ? 0x4544 : 0x5441),
                    rank: UInt16(index / 2),
                    distanceKilometres: index < 2 ? 210 : 520,
                    location: index < 2
                        ? RegionMapLocation(
                            latitudeMicrodegrees: 50_110_000,
                            longitudeMicrodegrees: 8_680_000
                        ) : nil,
                    checkedAt: 1_787_355_901
                )
            )
        }
        if let austria = RegionMapCountry(rawValue: 0x5441) {
            try writer.add(ranks: [1, 1, 0], for: austria)
        }
        for (path, replicas) in [
            ("distfiles/00/a-1.tar.xz", [0, 1, 2]),
            ("distfiles/1f/b%2F2.crate", [0, 1, 2]),
            ("releases/", [0, 1]),
            ("snapshots/new.tar.xz", []),
        ] as [(String, [UInt16])] {
            try writer.add(path: Array(path.utf8), replicas: replicas)
        }
        return try writer.finished()
    }

    static let bads = [
        Bad(name: "no-bytes", error: .truncated(expectedByteCount: 184, actualByteCount: 0)) {
            $0 = []
        },
        Bad(name: "json", error: .notARegionMap(magic: 0x6572_227B)) {
            $0 = Array(#"{"region":"europe"}"#.utf8)
        },
        Bad(name: "version-2", error: .unsupportedVersion(major: 2, supported: 1)) {
            $0[4] = 2
        },
        Bad(
            name: "header-cut-off",
            error: .truncated(expectedByteCount: 184, actualByteCount: 100)
        ) {
            $0.removeLast($0.count - 100)
        },
        Bad(
            name: "last-byte-missing",
            error: .truncated(expectedByteCount: 592, actualByteCount: 591)
        ) {
            $0.removeLast()
        },
        Bad(
            name: "one-byte-more",
            error: .trailingBytes(expectedByteCount: 592, actualByteCount: 593)
        ) {
            $0.append(0)
        },
        Bad(
            name: "bit-flipped-in-header",
            error: .headerChecksumMismatch(expected: 0, actual: 0)
        ) {
            $0[36] ^= 1
        },
        Bad(
            name: "bit-flipped-in-body",
            error: .bodyChecksumMismatch(expected: 0, actual: 0)
        ) {
            $0[$0.count - 20] ^= 0x80
        },
        Bad(
            name: "short-records",
            error: .invalidHeader(.accessPointRecordByteCount, value: 32)
        ) {
            overwrite(&$0, at: 62, with: UInt16(32))
            resealHeader(&$0)
        },
        Bad(
            name: "section-behind-the-end",
            error: .sectionOutOfBounds(
                .strings,
                offset: 592,
                byteCount: 1,
                mapByteCount: 592
            )
        ) {
            overwrite(&$0, at: 104 + 4 * 8, with: UInt32(592))
            overwrite(&$0, at: 108 + 4 * 8, with: UInt32(1))
            overwrite(&$0, at: 172, with: UInt16(0))
            resealHeader(&$0)
        },
        Bad(
            name: "section-too-small",
            error: .sectionTooSmall(
                .accessPoints,
                expectedByteCount: 4 * 64,
                actualByteCount: 3 * 64
            )
        ) {
            overwrite(&$0, at: 60, with: UInt16(4))
            resealHeader(&$0)
        },
    ]

    @Test(.enabled(if: unsafe getenv("WRITE_FIXTURES") != nil))
    func writesTheFixtures() throws {
        for good in Self.goods { try writeFixture(good.path, good.bytes()) }
        for bad in Self.bads {
            var bytes = try Self.golden()
            bad.spoil(&bytes)
            try writeFixture(bad.path, bytes)
        }
    }

    @Test(arguments: goods)
    func writerGivesTheBytesOfTheFile(good: Good) throws {
        let file = try fixture(good.path)
        #expect(try good.bytes() == file)
        try verify(file)
    }

    @Test func goldenFileAnswersAsTheDocumentSays() throws {
        let file = try fixture("Fixtures/maps/good/golden.map")
        #expect(try replicas(of: Array("distfiles/00/a-1.tar.xz".utf8), in: file) == [0, 1, 2])
        #expect(try replicas(of: Array("distfiles/1f/b%2F2.crate".utf8), in: file) == [0, 1, 2])
        #expect(try replicas(of: Array("releases/".utf8), in: file) == [0, 1])
        #expect(try replicas(of: Array("snapshots/new.tar.xz".utf8), in: file) == [])
        #expect(try replicas(of: Array("releases".utf8), in: file) == nil)
    }

    @Test(arguments: bads)
    func readerRefusesTheFile(bad: Bad) throws {
        let file = try fixture(bad.path)
        do {
            try verify(file)
            Issue.record("accepted")
        } catch {
            switch (error, bad.error) {
            // The value of the checksum does not matter, but which of the two it is does.
            case (.headerChecksumMismatch, .headerChecksumMismatch),
                (.bodyChecksumMismatch, .bodyChecksumMismatch):
                break
            default: #expect(error == bad.error)
            }
        }
    }

    /// Every line of the document that looks like `0010  00 11 …  text` is a line of the file.
    @Test func hexdumpInTheDocumentIsTheFile() throws {
        let document = try fixture("../Shared/Formats/RegionMapFormat/FORMAT.md")
        var dumped: [UInt8] = []
        for line in String(decoding: document, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard let first = fields.first, first.utf8.count == 4,
                line.dropFirst(4).hasPrefix("  "),
                let offset = Int(first, radix: 16), offset == dumped.count
            else { continue }
            for field in fields.dropFirst().prefix(16) {
                guard field.utf8.count == 2, let byte = UInt8(field, radix: 16) else { break }
                dumped.append(byte)
            }
        }
        #expect(dumped == (try fixture("Fixtures/maps/good/golden.map")))
    }
}
