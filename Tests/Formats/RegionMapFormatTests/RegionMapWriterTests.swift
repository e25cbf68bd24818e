import Testing

@testable import RegionMapFormat

@Suite struct RegionMapWriterTests {
    private var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)

    @Test func givesEqualBytesForEqualInput() throws {
        let model = Model(pathCount: 3000, accessPointCount: 30, faultShare: 0.5, seed: 5)
        #expect(try model.written() == model.written())
    }

    @Test func refusesAPathTwice() throws {
        var writer = writer
        for path in ["a", "b", "c", "b"] { try writer.add(path: Array(path.utf8), replicas: []) }
        #expect(throws: RegionMapError.duplicatePath(first: 1, second: 3)) {
            try writer.finished()
        }
    }

    @Test func takesTheSecondHashWhereTheFirstIsEqual() throws {
        var writer = writer
        try writer.addAccessPoint(.make())
        let path = Array("a".utf8)
        let second = unsafe PathHash.hash(path.span.bytes, seed: RegionMapWriter.hashSeeds.second)
        try writer.add(hashes: (7, 1), replicas: [])
        try writer.add(hashes: (7, second), replicas: [0])
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.hashSeed == RegionMapWriter.hashSeeds.second)
        #expect(map.members(of: path) == [0])
    }

    @Test func refusesPathsThatNoHashTellsApart() throws {
        var writer = writer
        for hashes in [(7, 1), (7, 2), (8, 2)] as [(UInt64, UInt64)] {
            try writer.add(hashes: hashes, replicas: [])
        }
        #expect(throws: RegionMapError.hashesCollide(first: 0, second: 1)) {
            try writer.finished()
        }
    }

    @Test func refusesReplicasOutOfOrder() throws {
        var writer = writer
        for rank in 0..<3 { try writer.addAccessPoint(.make(rank: UInt16(rank))) }
        try writer.add(path: [1], replicas: [0, 2])
        for replicas in [[1, 0], [1, 1], [0, 1, 2, 1]] as [[UInt16]] {
            #expect(throws: RegionMapError.replicasNotAscending(path: 1)) {
                try writer.add(path: [2], replicas: replicas)
            }
        }
        try writer.add(path: [2], replicas: [0, 1, 2])
        #expect(try replicas(of: [2], in: writer.finished()) == [0, 1, 2])
    }

    @Test func refusesAnAccessPointThatIsNotThere() throws {
        var writer = writer
        try writer.addAccessPoint(.make())
        let error = RegionMapError.unknownAccessPoint(index: 1, accessPointCount: 1)
        #expect(throws: error) { try writer.add(path: [1], replicas: [0, 1]) }
    }

    @Test func refusesABetterRankBehindAWorse() throws {
        var writer = writer
        try writer.addAccessPoint(.make(rank: 2))
        try writer.addAccessPoint(.make(rank: 2))
        #expect(throws: RegionMapError.ranksNotAscending(accessPoint: 2)) {
            try writer.addAccessPoint(.make(rank: 1))
        }
    }

    @Test(arguments: ["D", "de", "DE,AT", "DÄ"])
    func refusesCountriesThatAreNone(text: String) {
        var writer = writer
        var point = RegionMapAccessPoint.make()
        point.clientCountries = text
        #expect(throws: RegionMapError.invalidCountries(accessPoint: 0)) {
            try writer.addAccessPoint(point)
        }
    }

    @Test func refusesRanksThatAreNotOneForEachAccessPoint() throws {
        let austria = try #require(RegionMapCountry(rawValue: 0x5441))
        let belgium = try #require(RegionMapCountry(rawValue: 0x4542))
        var writer = writer
        try writer.addAccessPoint(.make())
        #expect(throws: RegionMapError.invalidCountryRanks(rankCount: 2, accessPointCount: 1)) {
            try writer.add(ranks: [0, 1], for: austria)
        }
        try writer.add(ranks: [0], for: belgium)
        #expect(throws: RegionMapError.invalidCountryRanks(rankCount: 1, accessPointCount: 1)) {
            try writer.add(ranks: [0], for: austria)
        }
        try writer.addAccessPoint(.make())
        #expect(throws: RegionMapError.invalidCountryRanks(rankCount: 1, accessPointCount: 2)) {
            try writer.finished()
        }
    }

    @Test func refusesATextThatIsTooLong() throws {
        var point = RegionMapAccessPoint.make()
        point.mirrorName = String(repeating: "x", count: 65_535)
        var good = writer
        try good.addAccessPoint(point)
        let bytes = try good.finished()
        #expect(try unsafe RegionMap(bytes.span.bytes).accessPointWithStrings(at: 0) == point)
        point.mirrorName += "x"
        var bad = writer
        try bad.addAccessPoint(point)
        #expect(throws: RegionMapError.textTooLong(byteCount: 65_536, limit: 65_535)) {
            try bad.finished()
        }
    }

    @Test func givesUpOnKeysThatAreEqual() {
        let builder = FuseTableBuilder(
            hashes: [5, 6, 5],
            codes: [0, 0, 0],
            codeBitCount: 1,
            hasFingerprints: false
        )
        #expect(throws: RegionMapError.unplaceable(keyCount: 3)) { try builder.built() }
    }

    /// A sentence for the operator contains the figures and ends with a remedy.
    @Test(
        arguments: [
            (.tooMany(.paths, limit: 4_294_967_295), "4294967295"),
            (.mapTooLarge(byteCount: 5_000_000_000, limit: 4_294_967_295), "5000000000"),
            (.notARegionMap(magic: 0x3C), "0x0000003c"),
            (.duplicatePath(first: 1, second: 3), "paths 1 and 3"),
        ] as [(RegionMapError, String)]
    )
    func errorsTellTheirFigures(error: RegionMapError, figure: String) {
        #expect(error.description.contains(figure))
    }
}
