import Catalogs
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Publishing

@Suite struct PathHistoryTests {
    let blobs = InMemoryStore()
    var catalogs: CatalogStore { CatalogStore(blobs) }

    /// Publishes files given as pairs of path and byte count, on day number `day`.
    func publish(_ files: KeyValuePairs<String, UInt64>, day: Int64) throws {
        var listing = TreeListing()
        for (path, byteCount) in files {
            let modified = Timestamp(secondsSinceEpoch: Int64(byteCount))
            listing.appendFile(path.utf8, byteCount: byteCount, modified: modified)
        }
        _ = try TreePublication(
            of: listing,
            in: catalogs,
            at: Timestamp(secondsSinceEpoch: day * 86_400),
            allowingShrink: true
        )
    }

    @Test func tellsTheStoryOfAPath() throws {
        try publish(["other": 1], day: 1)
        try publish(["f": 10, "other": 1], day: 2)
        try publish(["f": 10, "other": 2], day: 3)
        try publish(["f": 20, "other": 2], day: 4)
        try publish(["other": 2], day: 5)
        try publish(["f": 20, "other": 2], day: 6)
        let history = try #require(try PathHistory(of: TreePath("f"), in: catalogs))
        #expect(history.id == FileID(1))
        #expect(history.generationCount == 6)
        #expect(history.events.map(\.generation) == [2, 4, 5, 6])
        #expect(history.file.previous?.byteCount == 10)
        let text = history.description
        for line in [
            "f: file 1, first seen 1970-01-03T00:00:00Z",
            "content since generation 6: file, 20 bytes",
            "before: 10 bytes", "  2 1970-01-03T00:00:00Z here: file, 10 bytes",
            "  4 1970-01-05T00:00:00Z replaced: file, 20 bytes", "  5 1970-01-06T00:00:00Z removed",
            "  6 1970-01-07T00:00:00Z revived",
        ] { #expect(text.contains(line), "\(line) in \(text)") }
        #expect(try PathHistory(of: TreePath("never"), in: catalogs) == nil)
    }

    @Test func doesWithTheGenerationsThatAreLeft() throws {
        for day in 1...4 { try publish(["f": UInt64(day)], day: Int64(day)) }
        for generation in ["0000000001", "0000000002"] {
            blobs.delete(try BlobKey("catalog/\(generation).catalog"))
        }
        let history = try #require(try PathHistory(of: TreePath("f"), in: catalogs))
        #expect(history.events.map(\.generation) == [3, 4])
        #expect(history.file.firstSeen == Timestamp(secondsSinceEpoch: 86_400))
    }
}
