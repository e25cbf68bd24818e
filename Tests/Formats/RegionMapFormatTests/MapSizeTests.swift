import TestSupport
import Testing

@testable import RegionMapFormat

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The maximum cost of a path, and the number of lists that a map is guaranteed to hold.
@Suite struct MapSizeTests {
    /// Twenty mirrors with two access points each; one path in thirty is missing on one of them.
    ///
    /// `region-map-bench` has sixty mirrors with all kinds of faults and up to 10^7 paths.
    @Test func takesAtMostSixBytesAPath() throws {
        var random = SeededGenerator(seed: 3)
        let pathCount = 12_000
        var writer = RegionMapWriter(
            regionID: "europe",
            catalogGeneration: 1,
            builtAt: 0,
            expectedPathCount: pathCount
        )
        for index in 0..<40 {
            try writer.addAccessPoint(.make("mirror\(index / 2)", rank: UInt16(index / 2)))
        }
        let all = (0..<40).map { UInt16($0) }
        for number in 0..<pathCount {
            var replicas = all
            if random.next() % 30 == 0 {
                let mirror = Int(random.next() % 20)
                replicas.removeSubrange((mirror * 2)...(mirror * 2 + 1))
            }
            try writer.add(path: Model.path(number), replicas: replicas)
        }
        let bytes = try writer.finished()
        #expect(bytes.count <= 6 * pathCount)
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.pathCount == pathCount)
    }

    /// All lists of some access points except the empty one: of 9 access points, or with
    /// `MAP_LIST_BITS=16` 65,535 lists.
    @Test func holdsManyLists() throws {
        let bits = unsafe getenv("MAP_LIST_BITS").flatMap { unsafe Int(String(cString: $0)) } ?? 9
        let listCount = 1 << bits - 1
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 1, builtAt: 0)
        for index in 0..<bits { try writer.addAccessPoint(.make(rank: UInt16(index))) }
        func path(_ number: Int) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
        }
        func replicas(_ number: Int) -> [UInt16] {
            (0..<UInt16(bits)).filter { (number + 1) >> Int($0) & 1 == 1 }
        }
        for number in 0..<listCount {
            try writer.add(path: path(number), replicas: replicas(number))
        }
        let bytes = try writer.finished()
        try verify(bytes)
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.setCount == listCount)
        var wrongCount = 0
        for number in 0..<listCount where map.members(of: path(number)) != replicas(number) {
            wrongCount += 1
        }
        #expect(wrongCount == 0)
        let unknown = map.members(of: path(listCount))
        #expect(unknown == nil)
    }

    /// Sixty mirrors with two access points each lack one path in twenty-five at random: hardly any
    /// two paths have a list in common.
    @Test func storesARareListInLessThanTwoBytes() throws {
        var random = SeededGenerator(seed: 5)
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 1, builtAt: 0)
        for index in 0..<120 {
            try writer.addAccessPoint(.make("mirror\(index / 2)", rank: UInt16(index / 2)))
        }
        var lists: [[UInt16]] = []
        for number in 0..<12_000 {
            var list: [UInt16] = []
            for mirror in 0..<60 as Range<UInt16> where random.next() % 25 > 0 {
                list += [mirror * 2, mirror * 2 + 1]
            }
            lists.append(list)
            try writer.add(path: Model.path(number), replicas: list)
        }
        let bytes = try writer.finished()
        let map = try unsafe RegionMap(bytes.span.bytes)
        #expect(map.header.setCount > 5000)
        #expect(map.header.differenceSets.byteCount < 2 * map.header.setCount)
        var wrongCount = 0
        for (number, list) in lists.enumerated() where map.members(of: Model.path(number)) != list {
            wrongCount += 1
        }
        #expect(wrongCount == 0)
    }
}
