import TestSupport
import Testing

@testable import RegionMapFormat

@Suite struct RegionMapDamageTests {
    /// Together they contain everything that a map can have.
    private static let maps = Result { try [Model.small().written(), Model.ranked().written()] }

    @Test func damagesEveryPartOfAMap() throws {
        var rarePathCount = 0
        var blocks: [SetBlock] = []
        for good in try Self.maps.get() {
            try verify(good)
            let map = try unsafe RegionMap(good.span.bytes)
            rarePathCount += map.header.rarePathCount
            let extent = map.header.differenceSets
            let end = extent.offset + extent.byteCount
            let section = unsafe good.span.bytes.extracting(extent.offset..<end)
            blocks += (0..<map.header.setBlockCount).compactMap { SetBlock(at: $0, in: section) }
        }
        #expect(rarePathCount > 0)
        #expect(blocks.contains { $0.recordByteCount > 0 })
        #expect(blocks.contains { $0.recordByteCount == 0 && !$0.isByAccessPoint })
    }

    @Test(arguments: 0..<2)
    func throwsForEveryProperPrefix(map: Int) throws {
        let good = try Self.maps.get()[map]
        for count in 0..<good.count {
            #expect(throws: RegionMapError.self) { try verify(Array(good[..<count])) }
        }
    }

    @Test(arguments: 0..<2)
    func throwsForEveryFlippedBit(map: Int) throws {
        let good = try Self.maps.get()[map]
        var bytes = good
        for bit in 0..<(good.count * 8) {
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: RegionMapError.self) { try verify(bytes) }
            bytes[bit / 8] = good[bit / 8]
        }
    }

    @Test func throwsForBytesBehindTheMap() throws {
        let good = try Self.maps.get()[0]
        let error = RegionMapError.trailingBytes(
            expectedByteCount: good.count,
            actualByteCount: good.count + 1
        )
        #expect(throws: error) { try verify(good + [0]) }
    }

    /// A one-shot run does not verify the body: damage may give a wrong answer there, never a trap.
    @Test(arguments: 0..<400 as Range<UInt64>)
    func answersFromADamagedBodyWithoutTrapping(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bytes = try Self.maps.get()[Int(seed % 2)]
        for _ in 0..<Int.random(in: 1...400, using: &random) {
            let place = Int.random(in: RegionMapHeader.byteCount..<bytes.count, using: &random)
            bytes[place] = UInt8.random(in: 0...255, using: &random)
        }
        try readEverything(bytes)
    }

    /// Each access point of a unit occurs twice, or is none, or the unit has no end.
    @Test(arguments: [0x00, 0x01, 0x10, 0xFF] as [UInt8])
    func answersFromDamagedUnitsAndBlocksWithoutTrapping(filling: UInt8) throws {
        let good = try Self.maps.get()[1]
        let header = try unsafe RegionMap(good.span.bytes).header
        for extent in [header.units, header.differenceSets, header.baseSets] {
            for skipped in [0, 8, 16, 32] where skipped < extent.byteCount {
                var bytes = good
                let end = extent.offset + extent.byteCount
                for place in (extent.offset + skipped)..<end { bytes[place] = filling }
                try readEverything(bytes)
            }
        }
    }

    /// The header is forged, and its checksum is right.
    @Test(arguments: 0..<2000 as Range<UInt64>)
    func refusesOrReadsAForgedHeaderWithoutTrapping(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var bytes = try Self.maps.get()[Int(seed % 2)]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 16..<RegionMapHeader.byteCount, using: &random)
            bytes[place] =
                [0, 1, 0x7F, 0x80, 0xFF, UInt8.random(in: 0...255, using: &random)]
                .randomElement(using: &random) ?? 0
        }
        resealHeader(&bytes)
        do {
            try readEverything(bytes)
        } catch is RegionMapError {}
    }

    private func readEverything(_ bytes: [UInt8]) throws {
        let map = try unsafe RegionMap(bytes.span.bytes)
        let count = map.header.accessPointCount
        for number in 0..<120 {
            let path = Model.path(number)
            guard var set = unsafe map.replicas(of: path.span.bytes) else { continue }
            var previous = -1
            while let index = set.next() {
                #expect(index > previous && index < count)
                previous = index
            }
        }
        for number in 0..<min(map.header.setCount, 1000) {
            for index in map.members(ofSet: number) ?? [] { #expect(index < count) }
        }
        for index in 0..<count {
            guard let point = map.accessPoint(at: index) else { continue }
            for text in [point.id, point.mirrorID, point.mirrorName, point.baseURL] {
                _ = map.string(text)
            }
        }
        _ = map.regionID
    }

    /// A value in a header that no map can have, and the error that names it.
    struct Forgery: Sendable, CustomTestStringConvertible {
        var offset: Int
        var value: UInt32
        var error: @Sendable (_ good: RegionMapHeader) -> RegionMapError
        var testDescription: String { "\(value) at \(offset)" }
    }

    private static let forgeries: [Forgery] = [
        Forgery(offset: 8, value: 151) { _ in .invalidHeader(.headerByteCount, value: 151) },
        Forgery(offset: 60, value: 2 | 63 << 16) { _ in
            .invalidHeader(.accessPointRecordByteCount, value: 63)
        },
        Forgery(offset: 56, value: 99) { _ in .invalidHeader(.baseSetCount, value: 99) },
        Forgery(offset: 48, value: 99) { _ in .invalidHeader(.commonSetCount, value: 99) },
        Forgery(offset: 84, value: 17 | 30 << 8) { good in
            .invalidHeader(
                .pathTableShape,
                value: UInt64(good.pathTable.segmentCount) | 17 << 32 | 30 << 40
            )
        },
        Forgery(offset: 84, value: 2 | 23 << 8) { good in
            .invalidHeader(
                .pathTableShape,
                value: UInt64(good.pathTable.segmentCount) | 2 << 32 | 23 << 40
            )
        },
        Forgery(offset: 100, value: 2 | 58 << 8) { _ in
            .invalidHeader(.rareTableShape, value: 2 << 32 | 58 << 40)
        },
        Forgery(offset: 168, value: 4000) { _ in .invalidHeader(.regionID, value: 4000) },
        Forgery(offset: 104, value: 151) { good in
            .sectionOutOfBounds(
                .baseSets,
                offset: 151,
                byteCount: UInt64(good.baseSets.byteCount),
                mapByteCount: UInt64(good.mapByteCount)
            )
        },
        Forgery(offset: 108 + 7 * 8, value: 4_000_000_000) { good in
            .sectionOutOfBounds(
                .pathTable,
                offset: UInt64(good.pathSlots.offset),
                byteCount: 4_000_000_000,
                mapByteCount: UInt64(good.mapByteCount)
            )
        },
        Forgery(offset: 108 + 3 * 8, value: 100) { _ in
            .sectionTooSmall(.accessPoints, expectedByteCount: 128, actualByteCount: 100)
        },
        Forgery(offset: 56, value: 1 | 9 << 16) { _ in
            .sectionTooSmall(.units, expectedByteCount: 20, actualByteCount: 0)
        },
        Forgery(offset: 176, value: 5) { _ in
            .sectionTooSmall(.differenceSets, expectedByteCount: 80, actualByteCount: 0)
        },
    ]

    @Test(arguments: forgeries)
    func namesWhatAForgedHeaderGetsWrong(forgery: Forgery) throws {
        var writer = RegionMapWriter(regionID: "x", catalogGeneration: 1, builtAt: 0)
        try writer.addAccessPoint(.make("a"))
        try writer.addAccessPoint(.make("b"))
        try writer.add(path: [1], replicas: [0])
        var bytes = try writer.finished()
        let good = try unsafe RegionMap(bytes.span.bytes).header
        overwrite(&bytes, at: forgery.offset, with: forgery.value)
        resealHeader(&bytes)
        #expect(throws: forgery.error(good)) { try verify(bytes) }
    }
}
