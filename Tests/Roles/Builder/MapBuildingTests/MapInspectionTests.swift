import Catalogs
import JSON
import MapBuilding
import Mirrors
import ObjectStorage
import RegionMapFormat
import TestSupport
import Testing
import Time

@Suite struct MapInspectionTests {
    let deployment: BuilderDeployment
    var inspection: MapInspection { MapInspection(store: deployment.store) }
    static let key = "maps/europe.map"

    init() throws {
        deployment = try BuilderDeployment()
        try deployment.deploy(pathCount: 10, heldCount: 9, mirrorCount: 2)
        _ = try deployment.build()
    }

    @Test func showsWhatAMapSaysOfItself() throws {
        let lines = try inspection.show(Self.key).split(separator: "\n").map(String.init)
        #expect(lines.contains("region         europe"))
        #expect(lines.contains("built          2026-11-22T15:47:00Z"))
        #expect(lines.contains("paths          10, of which 9 are held"))
        #expect(lines.contains("access points  2"))
        // The list without mirrors, and the list with both.
        #expect(lines.contains("       0      1"))
        #expect(lines.contains("       2      1"))
        #expect(lines.suffix(2).map { $0.hasSuffix("/") } == [true, true])
        #expect(lines.last?.contains("m1-http  http://m1/") == true)
    }

    @Test func looksPathsUp() throws {
        let lines = try inspection.lookup("8", in: Self.key).split(separator: "\n")
        #expect(lines.count == 3)
        #expect(lines.last?.hasSuffix("m1-http  http://m1/") == true)
        #expect(try inspection.lookup("/8", in: Self.key).contains("m0-http"))
        #expect(try inspection.lookup("9", in: Self.key) == "9 is known, and no mirror holds it")
        #expect(throws: MapBuildingError.unknownPath("nothing", map: Self.key)) {
            try inspection.lookup("nothing", in: Self.key)
        }
    }

    @Test func explainsRanksByWhatTheMapTells() throws {
        var writer = RegionMapWriter(regionID: "test", catalogGeneration: 1, builtAt: 0)
        func add(
            _ mirror: String,
            rank: UInt16,
            kilometres: UInt16?,
            milliseconds: UInt16? = nil,
            errors: UInt16? = nil,
            lag: UInt16? = nil
        ) throws {
            try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "\(mirror)-http",
                    mirrorID: mirror,
                    mirrorName: mirror,
                    baseURL: "http://\(mirror)/",
                    clientCountries: "",
                    scheme: .http,
                    rank: rank,
                    weight: mirror == "a" ? 300 : 100,
                    distanceKilometres: kilometres,
                    latencyMilliseconds: milliseconds,
                    errorsPerMille: errors,
                    lagMinutes: lag,
                    networks: mirror == "b" ? [RegionMapNetwork(system: 7)] : []
                )
            )
        }
        try add("a", rank: 0, kilometres: 100)
        try add("b", rank: 0, kilometres: 1_000, milliseconds: 25, errors: 250, lag: 1_440)
        try add("c", rank: 1, kilometres: nil)
        let germany = try #require(RegionMapCountry(rawValue: 0x4544))
        try writer.add(ranks: [2, 0, 1], for: germany)
        try deployment.store.put(BlobKey("maps/test.map"), try writer.finished())
        let lines = try inspection.explainRank(of: "b", in: "test").split(separator: "\n")
        for line in [
            "b in the map of test, built 1970-01-01T00:00:00Z", "b-http  http://b/",
            "  rank      0 of 0 to 1",
            "  place     1000 km from the region at its nearest site: 50 ms are expected of that",
            "  measured  25 ms to the first byte, which counts instead",
            "  errors    250 of 1000 probes failed: times 1.8",
            "  lag       1440 minutes until new files arrive: times 1.25",
            "  expected  25 * 1.8 * 1.25 = 56.25 ms",
            "  equals    a; by weight it gets 100 of 400", "  countries DE 0",
            "  networks  clients of 1 come first",
        ] {
            #expect(lines.contains(Substring(line)), "\(line) in \(lines)")
        }
        #expect(try inspection.explainRank(of: "a-http", in: "maps/test.map").contains("= 23 ms"))
        #expect(try inspection.explainRank(of: "c", in: "test").contains("unknown: it comes last"))
        #expect(throws: MapBuildingError.unknownMirror("d", map: "maps/test.map")) {
            try inspection.explainRank(of: "d", in: "test")
        }
    }

    @Test func explainsWhatThroughputDidToARank() throws {
        var samples = ProbeSamples()
        let now = Timestamp.now.secondsSinceEpoch
        for (id, rates) in [("m0-http", [900, 1_000, 1_024, 1_200]), ("m1-http", [50_000, 10])] {
            samples.accessPoints[id] = .init()
            for (day, rate) in rates.enumerated() {
                samples.accessPoints[id]?.throughput
                    .add(rate, at: now - 86_400 * Int64(rates.count - day))
            }
        }
        try deployment.store.put(
            BlobKey(ProbeSamples.key(of: "europe")),
            samples.json.serialized()
        )
        _ = try deployment.build()
        let text = try inspection.explainRank(of: "m0", in: "europe")
        for line in [
            "  rank      1 of 0 to 1",
            // The first three days settled it, and the fourth did not change it.
            "  sends     1000 KiB a second: a transfer loses what 269 ms to the first byte would",
            "instead of 1", "as of rank 0",
            "  days      4, 900 to 1200 KiB a second, the median 1024",
        ] { #expect(text.contains(line), "\(line) in \(text)") }
        let other = try inspection.explainRank(of: "m1", in: "europe")
        #expect(other.contains("  rank      0 of 0 to 1"))
        #expect(!other.contains("sends"))
        #expect(other.contains("the median 50000; they do not count: 1 agree with it"))
        #expect(try inspection.show(Self.key).contains("format         1.4"))
    }

    /// Without measurements the map stays the same, to the byte.
    @Test func nothingChangesWhereNothingIsMeasured() throws {
        #expect(try inspection.show(Self.key).contains("format         1.0"))
        var samples = ProbeSamples()
        samples.accessPoints["m0-http"] = .init()
        samples.accessPoints["m0-http"]?.throughput.ask(at: 1)
        try deployment.store.put(
            BlobKey(ProbeSamples.key(of: "europe")),
            samples.json.serialized()
        )
        #expect(try deployment.build()["published"] == false)
    }

    @Test func looksDirectoriesUpWithAndWithoutASlash() throws {
        var catalog = try deployment.store.catalog()
        catalog.generation += 1
        catalog.append(.make("folder", byteCount: nil))
        try deployment.store.publish(catalog)
        _ = try deployment.build()
        for path in ["folder", "folder/", "/folder/"] {
            #expect(try inspection.lookup(path, in: Self.key).contains("no mirror holds it"))
        }
    }

    @Test func readsFilesAndKeys() throws {
        let folder = try TemporaryFolder()
        let store = FileStore(folder: folder.path)
        try store.put(BlobKey("copy.map"), #require(deployment.store.get(deployment.key)).bytes)
        for name in [Self.key, folder.appending("copy.map")] {
            #expect(try inspection.verify(name).hasPrefix("\(name) is whole: "))
        }
        for name in ["maps/none.map", "/no/such/file", ""] {
            #expect(throws: MapBuildingError.noMap(name: name)) { try inspection.verify(name) }
        }
    }

    @Test func findsDamage() throws {
        var bytes = try #require(deployment.store.get(deployment.key)).bytes
        bytes[bytes.count - 1] ^= 1
        try deployment.store.put(deployment.key, bytes)
        let error = try #require(throws: MapBuildingError.self) { try inspection.verify(Self.key) }
        #expect(error.description.hasPrefix("maps/europe.map: the region map is damaged"))
    }

    @Test func countsWhatIsDifferent() throws {
        // One of two equal mirrors loses everything, and another one is added.
        try deployment.deploy(pathCount: 11, heldCount: 11, mirrorCount: 3)
        try deployment.store.put(BlobKey("checks/m0-http.state"), [])
        _ = try deployment.build()
        let text = try inspection.difference(from: "maps/europe.previous.map", to: Self.key)
        #expect(
            text.split(separator: "\n").map(String.init) == [
                "paths          10 -> 11",
                "held paths     9 -> 11",
                "known paths    +1 -0",
                "held by some   +2 -0",
                "redirects      50.0 % go to other mirrors, for 9 of 9 paths held in both",
                "+ mirror m2",
                "- mirror m0",
                "+ access point m2-http",
                "- access point m0-http",
            ]
        )
        let back = try inspection.difference(from: Self.key, to: "maps/europe.previous.map")
        #expect(back.contains("known paths    +0 -1"))
        #expect(back.contains("held by some   +0 -2"))
    }

    @Test func comparesMapsWithoutACatalog() throws {
        let map = try #require(deployment.store.get(deployment.key)).bytes
        let empty = InMemoryStore()
        try empty.put(deployment.key, map)
        let text = try MapInspection(store: empty).difference(from: Self.key, to: Self.key)
        #expect(text.contains("the store has no catalog"))
        #expect(text.contains("paths          10 -> 10"))
    }
}
