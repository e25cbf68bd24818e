import Catalogs
import Foundation
import Glibc
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

@Suite struct PathPublicationTests {
    let tree = TemporaryTree()
    let blobs = InMemoryStore()
    let now = Timestamp(secondsSinceEpoch: 1_780_000_000)
    var catalogs: CatalogStore { CatalogStore(blobs) }

    @discardableResult
    func publishAll() throws -> Catalog {
        try TreePublication(
            of: TreeWalk.listing(of: tree.root),
            in: catalogs,
            at: now,
            allowingShrink: true
        ).change.catalog
    }

    func publish(_ paths: String...) throws -> TreePublication {
        try TreePublication(
            ofPaths: paths.map { TreePath($0) },
            in: tree.root,
            in: catalogs,
            at: now
        )
    }

    /// The live paths of the newest catalog.
    func livePaths() throws -> [String] {
        let catalog = try catalogs.newest()
        return catalog.ids.filter(catalog.isLive).map { "\(catalog.path(of: $0))" }.sorted()
    }

    @Test func publishesOneFileAndNothingElse() throws {
        tree.folder("d").file("d/a").link("l", to: "d")
        try publishAll()
        tree.folder("d/new").file("d/new/f", byteCount: 9).file("d/other")
        let publication = try publish("d/new/f")
        #expect(publication.isPublished)
        #expect(
            try livePaths() == ["d", "d/a", "d/new", "d/new/f", "l", "l/a", "l/new", "l/new/f"]
        )
        let newest = try catalogs.newest()
        let id = try #require(
            CatalogIndex(newest).id(of: TreePath("d/new/f").bytes[...], in: newest)
        )
        #expect(newest.byteCount(of: id) == 9)
        #expect(try !publish("d/new/f").isPublished)
    }

    @Test func agreesWithAWalkOfTheWhole() throws {
        for number in 0..<30 { tree.folder("d\(number % 3)").file("d\(number % 3)/\(number)") }
        tree.link("l", to: "d1").link("d0/m", to: "../d2/2")
        try publishAll()
        tree.file("d1/1", byteCount: 5).folder("d4/x").file("d4/x/y")
        tree.remove("d2/2")
        tree.remove("l")
        tree.link("l", to: "d4")
        let paths = ["d1/1", "d4", "d2/2", "l", "none/there", "d0/0"].map { TreePath($0) }
        let publication = try TreePublication(
            ofPaths: paths,
            in: tree.root,
            in: catalogs,
            at: now,
            allowingShrink: true
        )
        #expect(publication.isPublished)
        let byPaths = try catalogs.newest()
        let walked = try publishAll()
        #expect(walked == byPaths)
    }

    @Test func removesWhatIsGone() throws {
        for number in 0..<20 { tree.folder("d").file("d/\(number)") }
        try publishAll()
        tree.remove("d/7")
        #expect(try publish("d/7").change.removedCount == 1)
        for number in 0..<20 { tree.remove("d/\(number)") }
        #expect {
            try publish("d")
        } throws: { ($0 as? PublishingError)?.isRefusal == true }
        #expect(try livePaths().count == 20)
    }

    @Test func revivesTheLinksToWhatIsBack() throws {
        tree.folder("old").file("old/g").folder("d").file("d/f", byteCount: 3)
        tree.link("file", to: "d/f").link("folder", to: "d").link("chain", to: "folder/f")
        tree.link("deleted", to: "d/f").link("moved", to: "d/f")
        let whole = try publishAll()
        for path in ["d/f", "d", "deleted", "moved"] { tree.remove(path) }
        tree.link("moved", to: "old/g")
        try publishAll()
        #expect(try livePaths() == ["moved", "old", "old/g"])

        tree.folder("d").file("d/f", byteCount: 4)
        let publication = try publish("d/f")
        #expect(
            try livePaths() == [
                "chain", "d", "d/f", "file", "folder", "folder/f", "moved", "old", "old/g",
            ]
        )
        #expect(publication.leftOut.isEmpty)
        #expect(publication.change.revivedCount == 6)
        let newest = try catalogs.newest()
        #expect(newest.count == whole.count)
        for id in newest.ids where newest.isLive(id) {
            #expect(newest.path(of: id) == whole.path(of: id))
        }
        let walked = try publishAll()
        #expect(walked == newest)
    }

    static let others: [(path: String, reason: String)] = [
        ("../etc/passwd", "badPath"), ("/f", "badPath"), ("", "badPath"), ("d//f", "badPath"),
        (".f.Ab3dE9", "temporary"), ("d/.~tmp~/f", "temporary"), ("none", "vanished"),
        ("l/f", "vanished"), ("f/g", "vanished"),
    ]

    @Test(arguments: others)
    func looksAtNothingElse(path: String, reason: String) throws {
        tree.folder("d/.~tmp~").file("d/f").file("f").file(".f.Ab3dE9").file("d/.~tmp~/f")
        tree.link("l", to: "d")
        try publishAll()
        let publication = try publish(path)
        #expect(!publication.isPublished)
        #expect(publication.leftOut.map(\.reason.name) == [reason])
    }

    @Test func keepsWhatItMayNotRead() throws {
        tree.folder("d").file("d/f")
        try publishAll()
        let part = try TreeWalk.listing(of: tree.root, paths: [TreePath("d")])
        var closed = TreeListing()
        closed.leaveOut(TreePath("d"), .unreadable("Permission denied"))
        let newest = try catalogs.newest()
        let patched = TreeListing(of: newest).replacing([TreePath("d")], with: closed)
        #expect(patched.entries.pathTexts == part.entries.pathTexts)
    }
}

@Suite struct TreeWatchTests {
    let tree = TemporaryTree()

    /// The changes that follow; their paths are gathered until `path` is among them.
    func paths(of watch: TreeWatch, until path: String) throws -> Set<String> {
        var all: Set<String> = []
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        while !all.contains(path), clock.now < end {
            guard case .paths(let paths)? = try watch.changes(within: .seconds(1)) else { continue }
            all.formUnion(paths.map { "\($0)" })
        }
        return all
    }

    @Test func tellsOfFilesThatAreWholeOnly() throws {
        tree.folder("d")
        let watch = try TreeWatch(root: tree.root)
        let growing = unsafe open("\(tree.root)/d/growing", O_WRONLY | O_CREAT, 0o644)
        tree.file("d/.hidden.Ab3dE9").file("d/first")
        #expect(try paths(of: watch, until: "d/first") == ["d/first"])
        close(growing)
        #expect(try paths(of: watch, until: "d/growing") == ["d/growing"])
        unsafe _ = rename("\(tree.root)/d/.hidden.Ab3dE9", "\(tree.root)/d/renamed")
        #expect(try paths(of: watch, until: "d/renamed") == ["d/renamed"])
        tree.link("l", to: "d/first")
        unsafe _ = link("\(tree.root)/d/first", "\(tree.root)/hard")
        tree.remove("d/renamed")
        let rest = try paths(of: watch, until: "d/renamed").union(["l", "hard"])
        #expect(rest.isSuperset(of: ["l", "hard", "d/renamed"]))
    }

    @Test func followsFoldersThatAreMadeAndMoved() throws {
        let watch = try TreeWatch(root: tree.root)
        tree.folder("a/b/c").file("a/b/c/f")
        let made = try paths(of: watch, until: "a")
        #expect(made.contains("a"))
        tree.file("a/b/c/g")
        #expect(try paths(of: watch, until: "a/b/c/g").contains("a/b/c/g"))
        unsafe _ = rename("\(tree.root)/a", "\(tree.root)/z")
        #expect(try paths(of: watch, until: "z").isSuperset(of: ["a", "z"]))
        tree.file("z/b/c/h")
        let after = try paths(of: watch, until: "z/b/c/h")
        #expect(after == ["z/b/c/h"])
    }

    @Test func saysNothingWhereNothingChanges() throws {
        tree.file("f")
        let watch = try TreeWatch(root: tree.root)
        #expect(try watch.changes(within: .milliseconds(10)) == nil)
        #expect {
            try TreeWatch(root: "\(tree.root)/none")
        } throws: { "\($0)".contains("No such file") }
    }
}

@Suite struct DigestRunTests {
    let tree = TemporaryTree()
    let blobs = InMemoryStore()
    let now = Timestamp(secondsSinceEpoch: 1_780_000_000)
    var catalogs: CatalogStore { CatalogStore(blobs) }

    func publish() throws -> Catalog {
        try TreePublication(of: TreeWalk.listing(of: tree.root), in: catalogs, at: now).change
            .catalog
    }

    /// The catalog after a run that may take `seconds`.
    func run(
        _ algorithms: [Digests.Algorithm] = [.sha256],
        for catalog: Catalog,
        seconds: Double = 600
    ) throws -> (run: DigestRun, catalog: Catalog) {
        let run = DigestRun(
            of: algorithms,
            for: catalog,
            in: tree.root,
            until: .now + .seconds(seconds)
        )
        let publication = try TreePublication(of: run, for: catalog, in: catalogs, at: now)
        return (run, publication.change.catalog)
    }

    @Test func computesOnlyMissingDigests() throws {
        try Data("abc".utf8).write(to: URL(fileURLWithPath: "\(tree.root)/abc"))
        tree.file("empty", byteCount: 0).link("l", to: "abc")
        let first = try run([.sha256, .sha512, .blake2b], for: publish())
        #expect(first.run.digests.count == 2)
        #expect(first.run.remainingCount == 0)
        let digests = first.catalog.digests(of: FileID(0))
        #expect(
            digests.hexadecimal(.sha256)
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(digests.hexadecimal(.blake2b).hasPrefix("ba80a53f981c4d0d6a2797b69f12f6e9"))
        #expect(digests.hexadecimal(.sha512).hasPrefix("ddaf35a193617abacc417349ae204131"))
        #expect(first.catalog.digests(of: FileID(2)) == digests)
        #expect(first.catalog.changedIn(FileID(0)) == 1)
        #expect(first.catalog.generation == 2)

        let second = try run(for: publish())
        #expect(second.run.digests.isEmpty)
        #expect(second.catalog.generation == 2)
        tree.file("empty", byteCount: 1, modified: 1_700_000_001)
        let third = try run(for: publish())
        #expect(third.run.digests.map { "\($0.path)" } == ["empty"])
        #expect(third.run.byteCount == 1)
    }

    @Test func goesOnWhereItStopped() throws {
        for number in 0..<5 { tree.file("f\(number)", byteCount: 10) }
        var catalog = try publish()
        for remaining in [4, 3, 2, 1, 0] {
            // Even without any time, a run completes one file.
            let run = DigestRun(of: [.sha256], for: catalog, in: tree.root, until: .now)
            #expect(run.digests.count == 1)
            #expect(run.remainingCount == remaining)
            catalog = try TreePublication(of: run, for: catalog, in: catalogs, at: now).change
                .catalog
        }
        #expect(DigestRun(of: [.sha256], for: catalog, in: tree.root, until: .now).digests.isEmpty)
    }

    @Test func passesOverWhatChangedMeanwhile() throws {
        tree.file("same").file("longer").file("gone").file("touched")
        let catalog = try publish()
        tree.file("longer", byteCount: 2).file("touched", modified: 5)
        tree.remove("gone")
        let result = try run(for: catalog)
        #expect(result.run.digests.map { "\($0.path)" } == ["same"])
        #expect(result.run.leftOut.map(\.reason) == [.vanished, .vanished, .vanished])
        #expect(result.run.remainingCount == 0)
    }
}
