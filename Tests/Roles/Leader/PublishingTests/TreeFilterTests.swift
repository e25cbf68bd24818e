import Catalogs
import Foundation
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

/// Files that are not published: temporary files, by name, and files that the operator excludes.
@Suite struct TreeFilterTests {
    let tree = TemporaryTree()
    let catalogs = CatalogStore(InMemoryStore())
    let now = Timestamp(secondsSinceEpoch: 1_780_000_000)

    static let temporary = [
        ".foo.tar.xz.Ab3dE9", ".~tmp~", ".rsync-partial", "._emirrordist_fetch_4711.x1_2",
        ".foo-1.0.tar.xz._mirrordist_hardlink_4711.abc", "foo.tar.xz.__download__",
        "foo.tar.xz._checksum_failure_.q2w3", ".foo.tar.xz.portage_lockfile", ".nfs000000001",
        "foo.tar.xz.partial", "foo.tar.xz.aria2", "foo.lck", ".repodata", ".repodata.123",
        ".olddata",
        "foo.iso.crdownload", "foo.iso.filepart", "foo.iso.lftp-pget-status",
    ]

    static let files = [
        "foo.tar.xz", "aria2", "aria2-1.36.0.tar.xz", "partial", "foo.partial.tar.xz", "repodata",
        "nfs-utils-2.6.tar.xz", "lck", "emirrordist_fetch_1", "mirrordist_hardlink_.tar",
        ".foo._mirrordist_hardlink", "__download__.tar", "._emirrordist_fetch",
    ]

    @Test(arguments: temporary) func whatAToolIsAtIsLeftOut(name: String) throws {
        let listing = try TreeWalk.listing(of: tree.folder("d").file("d/\(name)").root)
        #expect(listing.entries.pathTexts == ["d"])
        #expect(listing.leftOut.map(\.reason) == [.temporary])
        // The same holds for a folder and its contents.
        #expect(TreeFilter().reasonToLeaveOut(Array("a/\(name)/b".utf8)[...]) == .temporary)
    }

    @Test(arguments: files) func otherNamesArePublished(name: String) {
        #expect(TreeFilter().reasonToLeaveOut(Array("a/\(name)/b".utf8)[...]) == nil)
        #expect(TreeFilter().reasonToLeaveOut(Array("\(name)".utf8)[...]) == nil)
    }

    @Test func theOperatorExcludesMore() throws {
        tree.folder("distfiles/tmp").file("distfiles/tmp/a").file("distfiles/a.bak")
        tree.folder("x/distfiles/tmp").file("x/distfiles/tmp/a").file("distfiles/b")
        let patterns = ["/distfiles/tmp", "*.bak"].compactMap { PathPattern($0) }
        let filter = TreeFilter(excluding: patterns)
        let walk = try TreeWalk.listing(of: tree.root, by: filter)
        #expect(
            walk.entries.pathTexts == [
                "distfiles", "distfiles/b", "x", "x/distfiles", "x/distfiles/tmp",
                "x/distfiles/tmp/a",
            ]
        )
        #expect(walk.leftOut.map(\.reason) == [.excluded, .excluded])
        let part = try TreeWalk.listing(
            of: tree.root,
            paths: [TreePath("distfiles/tmp/a"), TreePath("distfiles/b")],
            by: filter
        )
        #expect(part.entries.pathTexts == ["distfiles", "distfiles/b"])
        #expect(part.leftOut.map(\.path) == [TreePath("distfiles/tmp/a")])
    }

    @Test func everySourceLeavesTheSameOut() throws {
        tree.folder("d").file("d/a").file("d/a.aria2").file("d/b.bak")
        let filter = TreeFilter(excluding: [PathPattern("*.bak")].compactMap { $0 })
        let daemon = try RsyncDaemon(root: tree.root)
        let text = "d/a\t1\t1700000000\nd/a.aria2\t1\t1700000000\nd/b.bak\t1\t1700000000\n"
        let folder = try TemporaryFolder("listing")
        let sources: [any TreeSource] = [
            LocalTree(root: tree.root), RsyncTree(url: daemon.baseURL),
            TreeListingFile(path: try folder.write(text, to: "listing")),
        ]
        unsafe chmod(tree.root, 0o755)
        for source in sources {
            let listing = try source.listing(by: filter)
            #expect(listing.entries.pathTexts == ["d", "d/a"], "\(source.name)")
            let reasons = Set(listing.leftOut.map(\.reason))
            #expect(reasons == [.temporary, .excluded], "\(source.name)")
        }
    }

    @Test func aWatchTellsNothingOfThem() throws {
        tree.folder("d")
        let filter = TreeFilter(excluding: [PathPattern("/d/tmp")].compactMap { $0 })
        let watch = try TreeWatch(root: tree.root, filter: filter)
        tree.file("d/x.partial").folder("d/.repodata").file("d/.repodata/r").folder("d/tmp")
        tree.file("d/tmp/y").file("d/a")
        #expect(try watch.changes(within: .seconds(10)) == .paths([TreePath("d/a")]))
        // Once it has its final name, a folder is there with all its contents.
        let root = tree.root
        #expect(unsafe rename("\(root)/d/.repodata", "\(root)/d/repodata") == 0)
        #expect(try watch.changes(within: .seconds(10)) == .paths([TreePath("d/repodata")]))
    }

    // MARK: Forgetting

    private func publish(_ filter: TreeFilter) throws -> Catalog {
        try TreePublication(
            of: TreeWalk.listing(of: tree.root, by: filter),
            in: catalogs,
            at: now,
            allowingShrink: true
        ).change.catalog
    }

    private func forget(
        _ pattern: String,
        _ filter: TreeFilter = TreeFilter(),
        isDryRun: Bool = false
    ) throws -> Forgetting {
        try Forgetting(
            of: [try #require(PathPattern(pattern))],
            leftOutBy: filter,
            in: catalogs,
            at: now,
            isDryRun: isDryRun
        )
    }

    private func id(_ path: String, _ catalog: Catalog) -> FileID? {
        CatalogIndex(catalog).id(of: Array(path.utf8)[...], in: catalog)
    }

    @Test func whatWasPublishedByMistakeIsForgottenAndItsNumberRetired() throws {
        tree.folder("d").file("d/a").file("d/b.bad", byteCount: 7).file("d/c")
        let first = try publish(TreeFilter())
        let bad = try #require(id("d/b.bad", first))

        // It is still in the tree, and would come back.
        let refused = try forget("*.bad")
        #expect(refused.ids.isEmpty && refused.liveCount == 1 && !refused.isPublished)

        let filter = TreeFilter(excluding: [try #require(PathPattern("*.bad"))])
        let rehearsal = try forget("*.bad", filter, isDryRun: true)
        #expect(rehearsal.ids == [bad] && !rehearsal.isPublished)
        #expect(rehearsal.examples == [TreePath("d/b.bad")])
        #expect(try catalogs.newest() == first)

        let done = try forget("*.bad", filter)
        #expect(done.ids == [bad] && done.isPublished)
        let second = try catalogs.newest()
        #expect(second.generation == first.generation + 1)
        #expect(id("d/b.bad", second) == nil)
        #expect(second.isForgotten(bad) && !second.isLive(bad))
        #expect(second.count == first.count)
        for path in ["d", "d/a", "d/c"] {
            let number = try #require(id(path, first))
            #expect(id(path, second) == number)
            #expect(second[number] == first[number])
        }
        // The second time there is nothing to forget, so no generation is made.
        let again = try forget("*", filter)
        #expect(!again.ids.contains(bad))

        // The path comes back as another file.
        let third = try publish(TreeFilter())
        let new = try #require(id("d/b.bad", third))
        #expect(new != bad && third.isLive(new))
        #expect(Int(new.rawValue) == first.count)
        // Walks ignore the file in its place.
        #expect(third.ids.filter(third.isLive).count == first.count)
    }

    @Test func whatIsGoneIsForgottenWithoutBeingExcluded() throws {
        tree.folder("d").file("d/a").file("d/gone.partial-1").file("d/gone-2")
        try #require(publish(TreeFilter()).count == 4)
        tree.remove("d/gone-2")
        _ = try publish(TreeFilter())
        let done = try forget("gone-2")
        #expect(done.ids.count == 1 && done.liveCount == 0 && done.isPublished)
        let bytes = try catalogs.newest().encoded()
        #expect(try Catalog(decoding: bytes) == catalogs.newest())
    }
}
