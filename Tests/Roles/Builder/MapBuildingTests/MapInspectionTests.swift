import Catalogs
import MapBuilding
import ObjectStorage
import TestSupport
import Testing

@Suite struct MapInspectionTests {
    let deployment: Deployment
    var inspection: MapInspection { MapInspection(store: deployment.store) }
    static let key = "maps/europe.map"

    init() throws {
        deployment = try Deployment()
        try deployment.deploy(pathCount: 10, heldCount: 9, mirrorCount: 2)
        _ = try deployment.build()
    }

    @Test func showsWhatAMapSaysOfItself() throws {
        let lines = try inspection.show(Self.key).split(separator: "\n").map(String.init)
        #expect(lines.contains("region         europe"))
        #expect(lines.contains("built          2026-11-22T15:47:00Z"))
        #expect(lines.contains("paths          10, of which 9 are held"))
        #expect(lines.contains("access points  2"))
        // The list of nobody, and the list of both.
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
        // One of two equals has nothing any more, and another one comes.
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
