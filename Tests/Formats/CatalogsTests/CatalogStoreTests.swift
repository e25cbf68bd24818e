import BlobFormat
import Catalogs
import JSON
import ObjectStorage
import TestSupport
import Testing

@Suite struct CatalogStoreTests {
    let blobs = InMemoryStore()
    var catalogs: CatalogStore { CatalogStore(blobs) }

    /// Publishes a catalog with one file after the newest one.
    @discardableResult
    func publish(_ path: String) throws -> Catalog {
        let pointer = try catalogs.current()
        var catalog = Catalog(generation: try catalogs.nextGeneration(after: pointer))
        catalog.append(.make(path))
        try catalogs.publish(catalog, replacing: pointer)
        return catalog
    }

    @Test func isEmptyBeforeTheFirstPublication() throws {
        #expect(try catalogs.newest() == Catalog())
        #expect(try catalogs.current().generation == 0)
    }

    @Test func loadsTheNewestAndKeepsTheOlder() throws {
        let first = try publish("a")
        let second = try publish("b")
        #expect(first.generation == 1)
        #expect(second.generation == 2)
        #expect(try catalogs.newest() == second)
        #expect(try catalogs.catalog(generation: 1) == first)
        #expect(
            blobs.list(prefix: "").map(\.text) == [
                "catalog/0000000001.catalog", "catalog/0000000002.catalog", "catalog/current",
            ]
        )
        let pointer = try #require(blobs.get(BlobKey("catalog/current")))
        #expect(String(decoding: pointer.bytes, as: UTF8.self) == #"{"generation":2}"#)
    }

    @Test func letsOneOfTwoLeadersWin() throws {
        try publish("a")
        let pointer = try catalogs.current()
        let winner = try publish("winner")
        let sameNumber = Catalog(generation: winner.generation)
        let anotherNumber = Catalog(generation: winner.generation + 1)
        for loser in [sameNumber, anotherNumber] {
            #expect(throws: CatalogError.overtaken(generation: loser.generation)) {
                try catalogs.publish(loser, replacing: pointer)
            }
        }
        #expect(try catalogs.newest() == winner)
    }

    @Test func stepsOverTheCatalogOfALeaderThatDied() throws {
        try publish("a")
        try blobs.put(BlobKey("catalog/0000000002.catalog"), Catalog(generation: 2).encoded())
        #expect(try catalogs.newest().generation == 1)
        #expect(try publish("b").generation == 3)
        #expect(try catalogs.newest().generation == 3)
    }

    @Test func namesWhatIsWrongInStorage() throws {
        try publish("a")
        let key = try BlobKey("catalog/0000000001.catalog")
        try blobs.put(key, Catalog(generation: 7).encoded())
        #expect(throws: CatalogError.wrongGeneration(key: key.text, actual: 7)) {
            try catalogs.newest()
        }
        try blobs.put(key, [1, 2, 3])
        #expect(
            throws: CatalogError.badCatalog(
                key: key.text,
                .truncated(expectedByteCount: 4, actualByteCount: 3)
            )
        ) { try catalogs.newest() }
        blobs.delete(key)
        #expect(throws: CatalogError.missing(key: key.text)) { try catalogs.newest() }
        try blobs.put(BlobKey("catalog/current"), Array(#"{"generation":0}"#.utf8))
        #expect {
            try catalogs.newest()
        } throws: {
            guard case .badPointer? = $0 as? CatalogError else { return false }
            return true
        }
    }
}
