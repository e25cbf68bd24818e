import Catalogs
import Mirrors
import TestSupport
import Testing
import Time

@testable import Publishing

/// Tools' daily changes to a tree are no accident; changes that only resemble them are.
@Suite struct CatalogShrinkTests {
    private let time = Timestamp(secondsSinceEpoch: 1_780_000_000)

    private func listing(_ paths: [String]) -> TreeListing {
        var listing = TreeListing()
        for path in paths { listing.appendFile(path.utf8, byteCount: 1, modified: time) }
        return listing
    }

    /// The error with which publishing `after` is refused if `before` was published; nil if it is
    /// not refused.
    private func refusal(
        before: [String],
        after: [String],
        classes: FileClasses = .standard
    ) throws -> PublishingError? {
        let first = try Catalog().updated(
            with: listing(before),
            generation: 1,
            at: time,
            allowingShrink: true
        )
        let catalog = try #require(first).catalog
        do throws(PublishingError) {
            _ = try catalog.updated(
                with: listing(after),
                generation: 2,
                at: time,
                allowingShrink: false
            ) { () throws(PublishingError) in classes }
            return nil
        } catch {
            return error
        }
    }

    private func names(_ prefix: String, _ range: Range<Int>) -> [String] {
        range.map { "\(prefix)\($0)" }
    }

    /// A repository of eight packages whose metadata files are named after their digests.
    @Test func createrepoMayReplaceAllOfItsMetadata() throws {
        let packages = names("rpm/noarch/package", 0..<8)
        let before = packages + names("rpm/repodata/old", 0..<10)
        let after = packages + names("rpm/repodata/new", 0..<10)
        #expect(try refusal(before: before, after: after) == nil)
        // Each file that is not replaced is a loss, and three may be lost.
        let fewer = packages + names("rpm/repodata/new", 0..<7)
        #expect(try refusal(before: before, after: fewer) == nil)
        let few = packages + names("rpm/repodata/new", 0..<6)
        #expect(
            try refusal(before: before, after: few)
                == .shrunk(
                    vanishedCount: 4,
                    liveCount: 18,
                    allowedCount: 3,
                    example: "rpm/repodata/old6"
                )
        )
    }

    /// New files elsewhere replace nothing.
    @Test func newFilesOfAnotherFolderReplaceNothing() throws {
        let before = names("a/", 0..<10) + names("b/", 0..<10)
        let after = names("b/", 0..<20)
        #expect(try refusal(before: before, after: after) != nil)
    }

    @Test func aLargeFolderIsNotReplacedAsAWhole() throws {
        let count = CatalogShrink.smallFolderLimit + 1
        let kept = names("kept/", 0..<20 * count)
        let before = kept + names("large/old", 0..<count)
        let after = kept + names("large/new", 0..<count)
        #expect(
            try refusal(before: before, after: after)
                == .folderShrunk(folder: "large", vanishedCount: count, liveCount: count)
        )
    }

    @Test func mutableFilesMayGo() throws {
        let packages = names("pool/package", 0..<20)
        let classes = FileClasses(mutable: [try #require(PathPattern("/dists"))])
        let before = packages + names("dists/stable/index", 0..<20)
        let after = packages + names("dists/stable/index", 0..<5)
        #expect(try refusal(before: before, after: after, classes: classes) == nil)
        #expect(try refusal(before: before, after: after) != nil)
    }

    /// A folder that is empty is taken for one that is not mounted, whatever was in it.
    @Test func aFolderOfMutableFilesIsNotEmptied() throws {
        let packages = names("pool/package", 0..<200)
        let classes = FileClasses(mutable: [try #require(PathPattern("/dists"))])
        #expect(
            try refusal(
                before: packages + names("dists/stable/index", 0..<10),
                after: packages,
                classes: classes
            ) == .folderShrunk(folder: "dists", vanishedCount: 10, liveCount: 10)
        )
    }

    @Test func aWholeTreeIsNotReplaced() throws {
        let refusal = try refusal(before: names("old", 0..<10), after: names("new", 0..<10))
        guard case .shrunk(10, 10, _, _)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
    }
}
