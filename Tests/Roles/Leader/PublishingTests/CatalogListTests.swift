import Catalogs
import HolderFormat
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Publishing

@Suite struct CatalogListTests {
    let store = InMemoryStore()

    /// Publishes a tree with a folder of two files, a file beside it, a link, and a name that is
    /// not text.
    private func publish() throws {
        let time = Timestamp(secondsSinceEpoch: 1_600_000_000)
        var listing = TreeListing()
        listing.appendDirectory(Array("dir".utf8)[...])
        listing.appendFile("dir/b".utf8, byteCount: 20, modified: time)
        listing.appendFile("dir/a".utf8, byteCount: 10, modified: time)
        listing.appendFile("dir.txt".utf8, byteCount: 5, modified: EntryColumns.unknownTime)
        listing.appendFile([0x78, 0x09, 0xFF], byteCount: 1, modified: time)
        _ = try TreePublication(of: listing, in: CatalogStore(store), at: time)
    }

    /// Publishes three mirrors, the first with two access points, and the Builder's statements
    /// about them.
    private func publishHolders() throws {
        let germany = try #require(CountryCode("DE"))
        func mirror(_ id: String, schemes: [AccessPoint.Scheme], isEnabled: Bool = true) -> Mirror {
            Mirror(
                id: id,
                name: id,
                country: germany,
                region: "europe",
                isEnabled: isEnabled,
                accessPoints: schemes.map {
                    AccessPoint(id: "\(id)-\($0)", scheme: $0, baseURL: "\($0)://\(id)/")
                }
            )
        }
        let list = MirrorList(mirrors: [
            mirror("one", schemes: [.http, .https]), mirror("two", schemes: [.http]),
            mirror("three", schemes: [.http]), mirror("off", schemes: [.http], isEnabled: false),
        ])
        try store.put(BlobKey("mirrors.json"), list.json.serialized())
        var writer = HolderWriter(catalogGeneration: 1, builtAt: 0)
        let points = ["one-http", "one-https", "two-http", "three-http", "off-http"]
        for id in points {
            try writer.addAccessPoint(id, ofMirror: String(id.prefix { $0 != "-" }))
        }
        var statements: [Holding: [UInt16]] = [:]
        for holding in [Holding.lacking, .outdated, .expired] {
            for point in points.indices {
                let index = try writer.addStatement(holding, at: point, since: nil)
                statements[holding, default: []].append(UInt16(index))
            }
        }
        func statement(_ holding: Holding, _ point: Int) throws -> UInt16 {
            try #require(statements[holding])[point]
        }
        try writer.add(path: "dir/".utf8, statements: [])
        // The first mirror has it at one of its URLs, the second an old version, the third nothing.
        try writer.add(
            path: "dir/a".utf8,
            statements: [statement(.lacking, 3), statement(.outdated, 2), statement(.expired, 1)]
        )
        try writer.add(
            path: "dir/b".utf8,
            statements: [
                statement(.lacking, 2), statement(.lacking, 3), statement(.expired, 0),
                statement(.expired, 1),
            ]
        )
        try store.put(BlobKey("maps/holders"), writer.finished())
    }

    private func text(of path: String, as format: CatalogList.Format = .tsv) throws -> [String] {
        let list = try #require(try CatalogList(at: TreePath(path), in: store))
        var text: [String] = []
        try list.write(as: format) { text.append($0) }
        return text.joined(separator: "\n").split(separator: "\n").map(String.init)
    }

    @Test func listsTheTreeInWalkOrderWithHolders() throws {
        try publish()
        try publishHolders()
        #expect(
            try text(of: "") == [
                "kind\tsize\tmodified\theld\tstale\tremoved\tpath",
                "directory\t-\t-\t3\t0\t-\tdir",
                "file\t10\t2020-09-13T12:26:40Z\t1\t1\t-\tdir/a",
                "file\t20\t2020-09-13T12:26:40Z\t0\t1\t-\tdir/b",
                "file\t5\t-\t-\t-\t-\tdir.txt",
                "file\t1\t2020-09-13T12:26:40Z\t-\t-\t-\tx\\x09\\xff",
            ]
        )
    }

    @Test func listsWhatIsBelowAPathAndNoNeighbour() throws {
        try publish()
        #expect(
            try text(of: "dir").map { $0.split(separator: "\t").last } == [
                "path", "dir", "dir/a", "dir/b",
            ]
        )
        #expect(try text(of: "dir.txt").count == 2)
        #expect(try CatalogList(at: TreePath("di"), in: store) == nil)
    }

    @Test func isOneJSONObjectALineOnRequest() throws {
        try publish()
        try publishHolders()
        let lines = try text(of: "dir/a", as: .json)
        #expect(lines.count == 1)
        #expect(
            try JSONValue(parsing: Array(try #require(lines.first).utf8)) == [
                "path": "dir/a", "kind": "file", "size": 10,
                "modified": "2020-09-13T12:26:40Z", "held": 1, "stale": 1,
            ]
        )
        #expect(
            try text(of: "dir.txt", as: .json) == [#"{"path":"dir.txt","kind":"file","size":5}"#]
        )
    }

    @Test func marksWhatWasRemovedLatelyAndLeavesOutTheRest() throws {
        try publish()
        var listing = TreeListing()
        listing.appendFile("dir.txt".utf8, byteCount: 5, modified: EntryColumns.unknownTime)
        _ = try TreePublication(
            of: listing,
            in: CatalogStore(store),
            at: Timestamp(secondsSinceEpoch: 1_700_000_000),
            allowingShrink: true
        )
        #expect(try text(of: "").count == 2)
        #expect(try CatalogList(at: TreePath("dir"), in: store) == nil)
        let week: Int64 = 7 * 86_400
        func paths(daysLater days: Int64) throws -> [String]? {
            var text: [String] = []
            let list = try CatalogList(
                at: TreePath("dir"),
                in: store,
                removedSeconds: week,
                now: Timestamp(secondsSinceEpoch: 1_700_000_000 + days * 86_400)
            )
            try list?.write(as: .tsv) { text.append($0) }
            return list == nil ? nil : text
        }
        let removed = try #require(paths(daysLater: 6)?.first?.split(separator: "\n").last)
        #expect(removed == "file\t20\t2020-09-13T12:26:40Z\t-\t-\t2023-11-14T22:13:20Z\tdir/b")
        #expect(try paths(daysLater: 7) == nil)
    }

    @Test func refusesHoldersThatAreDamaged() throws {
        try publish()
        try publishHolders()
        let key = try BlobKey("maps/holders")
        var bytes = try #require(store.get(key)).bytes
        bytes[bytes.count / 2] ^= 1
        try store.put(key, bytes)
        #expect(throws: (any Error).self) { try CatalogList(at: TreePath(""), in: store) }
    }
}
