import Catalogs
import Mirrors
import Testing
import Time

@testable import Publishing

/// A listing of one file, `f`.
private func listing(
    _ byteCount: UInt64 = 1,
    modified: Int64 = 7,
    digests: Digests = Digests()
) -> TreeListing {
    var listing = TreeListing()
    listing.appendFile(
        "f".utf8,
        byteCount: byteCount,
        modified: Timestamp(secondsSinceEpoch: modified),
        digests: digests
    )
    return listing
}

/// Digests that depend on `seed`.
private func digests(_ seed: UInt8, _ algorithm: Digests.Algorithm = .sha256) -> Digests {
    Digests([algorithm: Array(repeating: seed, count: algorithm.byteCount)])
}

@Suite struct CatalogDetailsTests {
    let start = Timestamp(secondsSinceEpoch: 1_780_000_000)

    /// The file after these listings, a day apart.
    func file(after listings: TreeListing...) throws -> ExpectedFile {
        var catalog = Catalog()
        for (day, listing) in listings.enumerated() {
            let change = try catalog.updated(
                with: listing,
                generation: UInt32(day) + 1,
                at: start.advanced(bySeconds: Int64(86_400 * day)),
                allowingShrink: true
            )
            if let change { catalog = change.catalog }
        }
        return catalog[FileID(0)]
    }

    @Test func remembersWhatAFileWasBefore() throws {
        let replaced = try file(after: listing(1, digests: digests(1)), listing(2, modified: 8))
        #expect(replaced.changedIn == 2)
        #expect(replaced.digests.isEmpty)
        #expect(
            replaced.previous
                == PreviousVersion(
                    byteCount: 1,
                    modified: Timestamp(secondsSinceEpoch: 7),
                    digests: digests(1),
                    acceptableUntil: start.advanced(
                        bySeconds: 86_400 + PreviousVersion.graceSeconds
                    )
                )
        )
        let again = try file(after: listing(1), listing(2), listing(3))
        #expect(again.previous?.byteCount == 2)
        #expect(try file(after: listing(1)).previous == nil)
    }

    @Test func remembersOverARemoval() throws {
        let same = try file(after: listing(1, digests: digests(1)), TreeListing(), listing(1))
        #expect(same.digests == digests(1))
        #expect(same.previous == nil)
        #expect(same.changedIn == 3)
        let gone = try file(after: listing(1, digests: digests(1)), TreeListing())
        #expect(gone.digests == digests(1))
        let other = try file(after: listing(1, digests: digests(1)), TreeListing(), listing(2))
        #expect(other.digests.isEmpty)
        #expect(other.previous?.digests == digests(1))
    }

    @Test func keepsWhatALaterSourceDoesNotTell() throws {
        let full = listing(1, digests: digests(1))
        let bare = listing(1, modified: EntryColumns.unknownTime.secondsSinceEpoch)
        for file in [try file(after: full, bare), try file(after: bare, full)] {
            #expect(file.digests == digests(1))
            #expect(file.modified == Timestamp(secondsSinceEpoch: 7))
            #expect(file.changedIn == 1)
            #expect(file.previous == nil)
        }
        let both = try file(after: full, listing(1, digests: digests(2, .sha512)))
        #expect(both.digests == digests(1).merging(digests(2, .sha512)))
        #expect(both.changedIn == 1)
    }

    static let touched: [(before: Digests, after: Digests, isChanged: Bool)] = [
        (Digests(), Digests(), true), (digests(1), Digests(), true), (Digests(), digests(1), true),
        (digests(1), digests(1), false), (digests(1), digests(2), true),
        (digests(1), digests(1, .sha512), true),
        (digests(1), digests(1).merging(digests(2, .sha512)), false),
    ]

    @Test(arguments: touched)
    func takesATouchedFileForTheSameIfItsDigestsAre(
        before: Digests,
        after: Digests,
        isChanged: Bool
    ) throws {
        let file = try file(
            after: listing(1, modified: 7, digests: before),
            listing(1, modified: 8, digests: after)
        )
        #expect(file.modified == Timestamp(secondsSinceEpoch: 8))
        #expect((file.changedIn == 2) == isChanged)
        #expect((file.previous != nil) == isChanged)
    }

    @Test func seesOtherContentOfTheSameLengthAndTime() throws {
        let file = try file(
            after: listing(1, digests: digests(1)),
            listing(1, digests: digests(2))
        )
        #expect(file.changedIn == 2)
        #expect(file.digests == digests(2))
        #expect(file.previous?.digests == digests(1))
    }

    @Test func givesLinksAndAliasesTheDigestsOfTheirFile() throws {
        var listing = TreeListing()
        listing.appendLink("c".utf8, target: Array("d".utf8)[...])
        listing.appendDirectory("d".utf8)
        listing.appendFile("d/f".utf8, byteCount: 1, modified: start, digests: digests(1))
        listing.appendLink("l".utf8, target: Array("d/f".utf8)[...])
        listing.resolveLinks()
        let catalog = try #require(
            try Catalog().updated(
                with: listing,
                generation: 1,
                at: start,
                allowingShrink: false
            )
        ).catalog
        let withDigests = catalog.ids.filter { catalog.digests(of: $0) == digests(1) }
        #expect(withDigests.map { "\(catalog.path(of: $0))" } == ["d/f", "l", "c/f"])
    }
}
