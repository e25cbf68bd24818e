import RegionMapFormat
import Testing

@testable import MapBuilding

@Suite struct RedirectSharesTests {
    /// A map of one path, `x`, held by all of these access points, which are named after their
    /// mirrors.
    private func map(_ points: [(mirror: String, rank: UInt16, weight: UInt16)]) throws
        -> PublishedMap
    {
        var writer = RegionMapWriter(regionID: "here", catalogGeneration: 1, builtAt: 0)
        for (index, point) in points.enumerated() {
            try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "\(index)",
                    mirrorID: point.mirror,
                    mirrorName: "",
                    baseURL: "http://\(index)/",
                    clientCountries: "",
                    excludesClientCountries: false,
                    scheme: .http,
                    hasIPv4: true,
                    hasIPv6: false,
                    isPartial: false,
                    country: nil,
                    rank: point.rank,
                    weight: point.weight,
                    maxSharePerMille: 1000,
                    distanceKilometres: nil,
                    latencyMilliseconds: nil,
                    errorsPerMille: nil,
                    lagMinutes: nil,
                    location: nil,
                    checkedAt: nil
                )
            )
        }
        try writer.add(path: Array("x".utf8), replicas: points.indices.map { UInt16($0) })
        return try PublishedMap(writer.finished())
    }

    private func moved(
        from old: [(mirror: String, rank: UInt16, weight: UInt16)],
        to new: [(mirror: String, rank: UInt16, weight: UInt16)]
    ) throws -> Double {
        var numbers: [String: Int] = [:]
        let path = Array("x".utf8)
        var oldShares = try RedirectShares(of: map(old), &numbers)
        var newShares = try RedirectShares(of: map(new), &numbers)
        let before = try #require(try oldShares.shares(of: path))
        let after = try #require(try newShares.shares(of: path))
        return RedirectShares.moved(from: before, to: after)
    }

    @Test func whatAnEqualGetsMovesWithIt() throws {
        let old = [
            (mirror: "a", rank: UInt16(0), weight: UInt16(100)), ("b", 0, 300), ("c", 1, 100),
        ]
        #expect(try moved(from: old, to: old) == 0)
        #expect(try moved(from: old, to: [old[1], old[2]]) == 0.25)
        #expect(try moved(from: old, to: [old[0], old[2]]) == 0.75)
        // An access point behind the best group gets no requests for a path that the group holds.
        #expect(try moved(from: old, to: [old[0], old[1]]) == 0)
        #expect(try moved(from: [old[2]], to: old) == 1)
    }

    @Test func weightsMoveShares() throws {
        let old = [(mirror: "a", rank: UInt16(0), weight: UInt16(100)), ("b", 0, 100)]
        let new = [(mirror: "b", rank: UInt16(0), weight: UInt16(300)), ("a", 0, 100)]
        #expect(try moved(from: old, to: new) == 0.25)
    }

    @Test func aMirrorCountsOnceByWhateverSchemes() throws {
        let old = [(mirror: "a", rank: UInt16(0), weight: UInt16(100)), ("b", 0, 100)]
        #expect(try moved(from: old, to: [old[0], old[0], old[1]]) == 0)
    }
}
