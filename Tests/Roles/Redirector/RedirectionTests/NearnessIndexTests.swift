import Bytes
import HealthFormat
import Mirrors
import Redirection
import RegionMapFormat
import TestSupport
import Testing
import Time

/// The index may save work; it may not change a choice.
@Suite struct NearnessIndexTests {
    private static let pathCount = 8

    /// Mirrors in clusters, some with several sites or none, with http and https.
    private static func map(
        mirrorCount: Int = 150,
        maxSharePerMille: UInt16 = 1000,
        using random: inout SeededGenerator
    ) throws -> StableBytes {
        var writer = RegionMapWriter(
            regionID: "test",
            catalogGeneration: 1,
            builtAt: 0,
            expectedPathCount: pathCount
        )
        let crowds = (0..<12).map { _ in
            (
                Double.random(in: -60...70, using: &random),
                Double.random(in: -180...180, using: &random)
            )
        }
        func site() -> RegionMapLocation {
            let crowd = crowds.randomElement(using: &random) ?? (0, 0)
            let latitude = crowd.0 + Double.random(in: -9...9, using: &random)
            let longitude = min(180, max(-180, crowd.1 + Double.random(in: -9...9, using: &random)))
            return RegionMapLocation(
                latitudeMicrodegrees: Int32(latitude * 1e6),
                longitudeMicrodegrees: Int32(longitude * 1e6)
            )
        }
        var count: UInt16 = 0
        for mirror in 0..<mirrorCount {
            let location = mirror % 17 == 3 ? nil : site()
            let others = mirror % 11 == 5 ? [site(), site()] : []
            for scheme in [RegionMapScheme.http, .https, .rsync] {
                _ = try writer.addAccessPoint(
                    RegionMapAccessPoint(
                        id: "m\(mirror)-\(scheme)",
                        mirrorID: "m\(mirror)",
                        mirrorName: "",
                        baseURL: "\(scheme)://m\(mirror).example/",
                        clientCountries: "",
                        scheme: scheme,
                        hasIPv4: mirror % 13 != 1,
                        rank: UInt16(mirror),
                        weight: mirror % 19 == 7 ? 0 : UInt16(50 + mirror % 3 * 50),
                        maxSharePerMille: mirror == 0 ? maxSharePerMille : 1000,
                        distanceKilometres: UInt16.random(in: 0...15_000, using: &random),
                        latencyMilliseconds: mirror % 5 == 0
                            ? UInt16.random(in: 1...600, using: &random) : nil,
                        errorsPerMille: mirror % 7 == 0
                            ? UInt16.random(in: 0...1000, using: &random) : nil,
                        throughput: mirror % 6 == 1
                            ? RegionMapThroughput(
                                kibibytesPerSecond: 1_000,
                                lostMilliseconds: .random(in: 0...400, using: &random)
                            ) : nil,
                        location: location,
                        otherLocations: location == nil ? [] : others,
                        networks: mirror % 10 == 4
                            ? [RegionMapNetwork(system: UInt32(mirror % 3))] : []
                    )
                )
                count += 1
            }
        }
        for number in 0..<pathCount {
            // From nearly all of them down to a few.
            let part = [1.0, 0.98, 0.9, 0.5, 0.3, 0.15, 0.03, 0][number]
            let replicas = (0..<count).filter { _ in Double.random(in: 0..<1, using: &random) < part
            }
            try writer.add(path: Array("p\(number)".utf8), replicas: replicas)
        }
        return StableBytes(copying: try writer.finished())
    }

    private static func health() throws -> CurrentHealth {
        let moment = Timestamp(secondsSinceEpoch: 1_800_000_000)
        var health = Health()
        health.probedAt = moment
        for mirror in stride(from: 0, to: 150, by: 9) {
            health.statuses["m\(mirror)-http"] = Health.Status(
                outage: .refused,
                since: moment,
                checkedAt: moment
            )
        }
        return CurrentHealth(
            try HealthReport(health),
            seenAt: moment,
            at: moment,
            maximumAge: 900
        )
    }

    private static func chosen(
        _ snapshot: Snapshot,
        _ client: Client,
        path: Int,
        limit: Int = 5,
        preferences: Preferences? = nil
    ) -> [Int] {
        var selection = Selection()
        guard
            snapshot.select(
                path: Array("p\(path)".utf8),
                for: client,
                limit: limit,
                preferences: preferences,
                into: &selection
            )
        else { return [-1] }
        return (0..<selection.count).map { selection.accessPoint(at: $0) }
    }

    private static func client(using random: inout SeededGenerator) -> Client {
        Client(
            address: IPAddress(v4: UInt32.random(in: 0 ... .max, using: &random)),
            place: GlobePoint(
                latitude: Double.random(in: -90...90, using: &random),
                longitude: Double.random(in: -180...180, using: &random)
            ),
            system: UInt32.random(in: 0...30, using: &random),
            isHTTPS: Bool.random(using: &random)
        )
    }

    /// A snapshot that has its index.
    private static func indexed(_ map: StableBytes, _ health: CurrentHealth?) throws -> Snapshot {
        let snapshot = try Snapshot(map: map, verifying: true, health: health)
        let client = Client(address: nil, place: GlobePoint(latitude: 0, longitude: 0))
        for _ in 0..<64 { _ = chosen(snapshot, client, path: 0) }
        return snapshot
    }

    @Test func choosesAsALookAtAllHoldersDoes() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<4 {
            let map = try Self.map(using: &random)
            for health in [nil, try Self.health()] {
                let indexed = try Self.indexed(map, health)
                #expect(indexed.isIndexed)
                var plain = try Snapshot(map: map, verifying: true, health: health)
                for number in 0..<600 {
                    // Otherwise it would get an index of its own.
                    if number % 60 == 0 {
                        plain = try Snapshot(map: map, verifying: true, health: health)
                    }
                    let client = Self.client(using: &random)
                    let path = number % Self.pathCount
                    let limit = number % 3 == 0 ? 1 : 5
                    #expect(
                        Self.chosen(indexed, client, path: path, limit: limit)
                            == Self.chosen(plain, client, path: path, limit: limit)
                    )
                }
                #expect(!plain.isIndexed)
            }
        }
    }

    @Test func wishesAndCapsAreHeardAllTheSame() throws {
        var random = SeededGenerator.forTest()
        for maxShare: UInt16 in [1000, 10] {
            let map = try Self.map(maxSharePerMille: maxShare, using: &random)
            let indexed = try Self.indexed(map, nil)
            let plain = try Snapshot(map: map, verifying: true, health: nil)
            for number in 0..<48 {
                var preferences = Preferences()
                preferences.place = Self.client(using: &random).place
                if number % 2 == 0 { preferences.mirror = plain.table.entries[number].seed }
                preferences.avoid(plain.table.entries[number + 60].seed)
                let client = Self.client(using: &random)
                #expect(
                    Self.chosen(indexed, client, path: number % 6, preferences: preferences)
                        == Self.chosen(plain, client, path: number % 6, preferences: preferences)
                )
            }
            #expect(!plain.isIndexed)
        }
    }

    @Test func newHealthKeepsTheIndex() throws {
        var random = SeededGenerator.forTest()
        let indexed = try Self.indexed(try Self.map(using: &random), nil)
        #expect(indexed.with(try Self.health()).isIndexed)
    }

    @Test func fewAccessPointsNeedNone() throws {
        var random = SeededGenerator.forTest()
        let snapshot = try Self.indexed(try Self.map(mirrorCount: 20, using: &random), nil)
        #expect(!snapshot.isIndexed)
    }

    @Test func oneRequestMakesNone() throws {
        var random = SeededGenerator.forTest()
        let map = try Self.map(using: &random)
        let snapshot = try Snapshot(map: map, verifying: true, health: nil)
        for _ in 0..<63 { _ = Self.chosen(snapshot, Self.client(using: &random), path: 0) }
        #expect(!snapshot.isIndexed)
    }
}
