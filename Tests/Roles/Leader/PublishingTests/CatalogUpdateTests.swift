import Catalogs
import JSON
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

/// A listing of files given as pairs of path and byte count.
private func listing(_ files: KeyValuePairs<String, UInt64>, modified: Int64 = 7) -> TreeListing {
    var listing = TreeListing()
    for (path, byteCount) in files {
        listing.appendFile(
            path.utf8,
            byteCount: byteCount,
            modified: Timestamp(secondsSinceEpoch: modified)
        )
    }
    return listing
}

@Suite struct CatalogUpdateTests {
    let start = Timestamp(secondsSinceEpoch: 1_780_000_000)

    /// The catalog after these listings, a day apart.
    func catalog(after listings: TreeListing..., allowingShrink: Bool = false) throws -> Catalog {
        var catalog = Catalog()
        for (day, listing) in listings.enumerated() {
            let change = try catalog.updated(
                with: listing,
                generation: catalog.generation + 1,
                at: start.advanced(bySeconds: Int64(86_400 * day)),
                allowingShrink: allowingShrink
            )
            if let change { catalog = change.catalog }
        }
        return catalog
    }

    @Test func numbersFilesInTheOrderOfTheListing() throws {
        let catalog = try catalog(after: listing(["a": 1, "b": 2]))
        #expect(catalog.generation == 1)
        #expect(catalog.publishedAt == start)
        #expect(
            catalog.ids.map { catalog[$0] } == [
                ExpectedFile(
                    path: TreePath("a"),
                    kind: .file,
                    byteCount: 1,
                    modified: Timestamp(secondsSinceEpoch: 7),
                    firstSeen: start,
                    changedIn: 1
                ),
                ExpectedFile(
                    path: TreePath("b"),
                    kind: .file,
                    byteCount: 2,
                    modified: Timestamp(secondsSinceEpoch: 7),
                    firstSeen: start,
                    changedIn: 1
                ),
            ]
        )
    }

    @Test func changesNothingForAnUnchangedTree() throws {
        let same = listing(["a": 1, "b": 2])
        let catalog = try catalog(after: same)
        let change = try catalog.updated(
            with: same,
            generation: 2,
            at: start.advanced(bySeconds: 1),
            allowingShrink: false
        )
        #expect(change == nil)
        #expect(
            try Catalog().updated(
                with: TreeListing(),
                generation: 1,
                at: start,
                allowingShrink: false
            ) == nil
        )
    }

    @Test func keepsARemovedFileAndItsNumber() throws {
        let catalog = try catalog(
            after: listing(["a": 1, "b": 2]),
            listing(["b": 2, "c": 3]),
            listing(["a": 9, "b": 2, "c": 3])
        )
        #expect(catalog.count == 3)
        #expect(catalog.ids.map { catalog.path(of: $0).description } == ["a", "b", "c"])
        let revived = catalog[FileID(0)]
        #expect(revived.removed == nil)
        #expect(revived.byteCount == 9)
        #expect(revived.firstSeen == start)
        #expect(revived.changedIn == 3)
        #expect(catalog.changedIn(FileID(1)) == 1)
        #expect(catalog.changedIn(FileID(2)) == 2)
    }

    @Test func saysWhenAFileWasRemoved() throws {
        let catalog = try catalog(after: listing(["a": 1, "b": 2]), listing(["b": 2]))
        #expect(catalog[FileID(0)].removed == start.advanced(bySeconds: 86_400))
        #expect(catalog.changedIn(FileID(0)) == 1)
        #expect(!catalog.isLive(FileID(0)))
    }

    @Test func marksWhatAClientReceivesDifferently() throws {
        let byLength = try catalog(after: listing(["a": 1, "b": 2]), listing(["a": 5, "b": 2]))
        #expect(byLength.changedIn(FileID(0)) == 2)
        #expect(byLength.changedIn(FileID(1)) == 1)
        let byTime = try catalog(after: listing(["a": 1]), listing(["a": 1], modified: 8))
        #expect(byTime.changedIn(FileID(0)) == 2)
    }

    @Test func seesNoChangeForClientsWhereALinkTakesTheFilesPlace() throws {
        var linked = listing(["a": 1])
        linked.appendLink("b".utf8, target: Array("a".utf8)[...])
        linked.resolveLinks()
        let catalog = try catalog(after: listing(["a": 1, "b": 1]), linked)
        #expect(catalog.generation == 2)
        #expect(catalog[FileID(1)].kind == .symlink)
        #expect(catalog[FileID(1)].target == TreePath("a"))
        #expect(catalog.changedIn(FileID(1)) == 1)
    }

    @Test func followsALinkToItsNewTarget() throws {
        func builds(current: String) -> TreeListing {
            var listing = TreeListing()
            for build in ["1", "2"] {
                listing.appendDirectory(build.utf8)
                listing.appendFile(
                    "\(build)/iso".utf8,
                    byteCount: 4,
                    modified: Timestamp(secondsSinceEpoch: 7)
                )
            }
            listing.appendLink("current".utf8, target: Array(current.utf8)[...])
            listing.resolveLinks()
            return listing
        }
        let catalog = try catalog(after: builds(current: "1"), builds(current: "2"))
        let index = CatalogIndex(catalog)
        let id = try #require(index.id(of: TreePath("current/iso").bytes[...], in: catalog))
        #expect(catalog[id].kind == .alias)
        #expect(catalog[id].target == TreePath("2/iso"))
        #expect(catalog.changedIn(id) == 2)
        #expect(catalog.count == 6)
    }

    @Test func refusesASuspiciousShrink() throws {
        func files(_ range: Range<Int>) -> TreeListing {
            var listing = TreeListing()
            for number in range {
                listing.appendFile("\(number)".utf8, byteCount: 1, modified: start)
            }
            return listing
        }
        let shrunk = PublishingError.shrunk(
            vanishedCount: 11,
            liveCount: 100,
            allowedCount: 10,
            example: "0"
        )
        #expect(throws: shrunk) { try catalog(after: files(0..<100), files(11..<100)) }
        let accepted = try catalog(after: files(0..<100), files(10..<100))
        #expect(accepted.ids.count(where: accepted.isLive) == 90)
        let allowed = try catalog(after: files(0..<100), files(0..<0), allowingShrink: true)
        #expect(allowed.ids.count(where: allowed.isLive) == 0)
    }

    static let folders: [(vanished: [String: Int], refused: String?)] = [
        (["big/a": 40], nil), (["small/x": 5], nil), (["small/x": 6], "small/x"),
        (["small/x": 6, "small/y": 5], "small"), (["tiny": 9], nil), (["big/b/deep": 12], "big/b"),
    ]

    /// A folder of 1,000 files hides changes to one of 20 from the guard of the whole tree.
    @Test(arguments: folders)
    func refusesAFolderThatIsEmptied(vanished: [String: Int], refused: String?) throws {
        let counts = [
            "big/a": 1000, "big/b/deep": 20, "small/x": 10, "small/y": 10, "tiny": 9,
        ]
        func tree(without vanished: [String: Int]) -> TreeListing {
            var listing = TreeListing()
            for (folder, count) in counts.sorted(by: { $0.key < $1.key }) {
                for number in (vanished[folder] ?? 0)..<count {
                    listing.appendFile("\(folder)/\(number)".utf8, byteCount: 1, modified: start)
                }
            }
            return listing
        }
        let result = Result { try catalog(after: tree(without: [:]), tree(without: vanished)) }
        guard let refused else {
            #expect(throws: Never.self) { try result.get() }
            return
        }
        #expect {
            try result.get()
        } throws: { error in
            guard case .folderShrunk(let folder, _, _)? = error as? PublishingError else {
                return false
            }
            return folder == refused && "\(error)".contains("allowShrink")
        }
        _ = try catalog(after: tree(without: [:]), tree(without: vanished), allowingShrink: true)
    }

    static let smallTrees: [(before: Int, after: Int, isRefused: Bool)] = [
        (5, 4, false), (5, 2, false), (5, 1, true), (3, 0, true), (1, 0, true), (2, 1, false),
    ]

    @Test(arguments: smallTrees)
    func letsASmallTreeLoseAFile(before: Int, after: Int, isRefused: Bool) throws {
        func files(_ count: Int) -> TreeListing {
            var listing = TreeListing()
            for number in 0..<count {
                listing.appendFile("\(number)".utf8, byteCount: 1, modified: start)
            }
            return listing
        }
        let result = Result { try catalog(after: files(before), files(after)) }
        switch result {
        case .success: #expect(!isRefused)
        case .failure(let error):
            #expect(isRefused)
            #expect("\(error)".contains("allowShrink"))
        }
    }

    @Test func keepsWhatASourceCannotTellOf() throws {
        func tree(isReadable: Bool) -> TreeListing {
            var listing = TreeListing()
            listing.appendDirectory("closed".utf8)
            if isReadable {
                for number in 0..<50 {
                    listing.appendFile("closed/\(number)".utf8, byteCount: 1, modified: start)
                }
            } else {
                listing.leaveOut(TreePath("closed"), .unreadable("Permission denied"))
            }
            listing.appendLink("file".utf8, target: Array("closed/1".utf8)[...])
            listing.appendLink("folder".utf8, target: Array("closed".utf8)[...])
            listing.resolveLinks()
            return listing
        }
        let catalog = try catalog(after: tree(isReadable: true), tree(isReadable: false))
        #expect(catalog.generation == 1)
        #expect(catalog.ids.count(where: catalog.isLive) == 103)
    }

    @Test func takesAPathOnceThatASourceNamesTwice() throws {
        let catalog = try catalog(after: listing(["a": 1, "b": 1, "a": 2]))
        #expect(catalog.count == 2)
        #expect(catalog.byteCount(of: FileID(0)) == 1)
    }
}

@Suite struct TreePublicationTests {
    let blobs = InMemoryStore()
    let now = Timestamp(secondsSinceEpoch: 1_780_000_000)

    @Test func publishesOnceAndLeavesAnUnchangedTreeAlone() throws {
        let files = listing(["a": 1, "b": 2])
        let catalogs = CatalogStore(blobs)
        let first = try TreePublication(of: files, in: catalogs, at: now)
        #expect(first.isPublished)
        #expect(blobs.writeCount == 2)
        let second = try TreePublication(of: files, in: catalogs, at: now)
        #expect(!second.isPublished)
        #expect(second.change.catalog.generation == 1)
        #expect(blobs.writeCount == 2)
        #expect(
            JSONValue.object(first.json).description
                == #"{"generation":1,"published":true,"files":2,"folders":0,"aliases":0,"added":2,"#
                + #""removed":0,"changed":0,"revived":0,"leftOut":{}}"#
        )
    }

    @Test func leavesStorageAloneWhenItRefuses() throws {
        let catalogs = CatalogStore(blobs)
        _ = try TreePublication(of: listing(["a": 1, "b": 2]), in: catalogs, at: now)
        #expect(throws: PublishingError.self) {
            try TreePublication(of: TreeListing(), in: catalogs, at: now)
        }
        #expect(blobs.writeCount == 2)
        let allowed = try TreePublication(
            of: TreeListing(),
            in: catalogs,
            at: now,
            allowingShrink: true
        )
        #expect(allowed.change.removedCount == 2)
    }
}
