import Catalogs
import Mirrors
import Testing
import Time

/// Which removed files may be served, and until when.
@Suite struct RemovalsTests {
    private static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)
    private static let day: Int64 = 86_400

    private static func catalog(_ files: [(path: String, daysAgo: Int64?)]) -> Catalog {
        var catalog = Catalog(generation: 2, publishedAt: now)
        for (path, daysAgo) in files {
            catalog.append(
                ExpectedFile(
                    path: TreePath(path),
                    kind: path.hasSuffix("-folder") ? .directory : .file,
                    byteCount: path.hasSuffix("-folder") ? nil : 10,
                    modified: now,
                    firstSeen: Timestamp(secondsSinceEpoch: 0),
                    removed: daysAgo.map { now.advanced(bySeconds: -day * $0) },
                    changedIn: 1
                )
            )
        }
        return catalog
    }

    private func paths(_ removals: Removals, _ catalog: Catalog) -> [String] {
        removals.entries.map { "\(catalog.path(of: $0.file))" }
    }

    @Test func theLatestComeFirstAndOldAndLiveOnesAreLeftOut() {
        let catalog = Self.catalog([("old", 14), ("b", 13), ("a", 1), ("live", nil), ("c", 1)])
        let removals = Removals(of: catalog, within: 14 * Self.day, classes: .standard)
        #expect(paths(removals, catalog) == ["a", "c", "b"])
        let none = Removals(of: catalog, within: 0, classes: .standard)
        #expect(none.entries.isEmpty)
    }

    /// Files that are read as the state of a release, and files that must not be served, go at
    /// once.
    @Test func metadataFoldersAndExcludedFilesAreNotServed() throws {
        var classes = FileProfile.debian.classes
        classes.excluded = [try #require(PathPattern("*.secret"))]
        let catalog = Self.catalog([
            ("pool/main/a.deb", 1), ("dists/sid/InRelease", 1),
            ("dists/sid/main/binary-amd64/Packages.xz", 1), ("x.secret", 1), ("a-folder", 1),
            ("pool/index.html", 1),
        ])
        let removals = Removals(of: catalog, within: 14 * Self.day, classes: classes)
        #expect(paths(removals, catalog) == ["pool/main/a.deb"])
    }

    @Test func aFileThatWasReplacedIsNotServed() {
        var catalog = Self.catalog([("a", 1)])
        var file = catalog[FileID(0)]
        file.previous = PreviousVersion(
            byteCount: 9,
            modified: Self.now,
            acceptableUntil: Self.now
        )
        catalog.update(FileID(0), to: file)
        #expect(
            Removals(of: catalog, within: 14 * Self.day, classes: .standard).entries.isEmpty
        )
    }

    @Test func whatWasForgottenIsGoneAtOnce() {
        let catalog = Self.catalog([("a", 1), ("b", 1)]).forgetting([FileID(0)])
        var forgotten = catalog
        forgotten.publishedAt = Self.now
        let removals = Removals(of: forgotten, within: 14 * Self.day, classes: .standard)
        #expect(paths(removals, catalog) == ["b"])
    }

    /// A proof from before the removal counts for a day and a half after it, and a later one for as
    /// long.
    @Test(arguments: [
        (provenHoursAgo: Int64(300), removedHoursAgo: Int64(36), isServed: true),
        (300, 37, false), (36, 300, true), (37, 300, false), (0, 336, false), (0, 335, true),
    ])
    func aProofLastsADayAndAHalf(provenHoursAgo: Int64, removedHoursAgo: Int64, isServed: Bool)
        throws
    {
        var catalog = Self.catalog([("a", 0)])
        var file = catalog[FileID(0)]
        file.removed = Self.now.advanced(bySeconds: -3_600 * removedHoursAgo)
        catalog.update(FileID(0), to: file)
        catalog.publishedAt = Self.now.advanced(bySeconds: -3_600 * removedHoursAgo)
        let removals = Removals(of: catalog, within: 14 * Self.day, classes: .standard)
        let entry = try #require(removals.entries.first)
        let provenAt = Self.now.advanced(bySeconds: -3_600 * provenHoursAgo)
        #expect(removals.isServed(entry, provenAt: provenAt, now: Self.now) == isServed)
    }

    @Test func noMoreThanTheLimitAreServed() {
        let count = Removals.limit + 5
        let catalog = Self.catalog((0..<count).map { ("f\($0)", $0 < 5 ? 2 : 1) })
        let removals = Removals(of: catalog, within: 14 * Self.day, classes: .standard)
        #expect(removals.entries.count == Removals.limit)
        #expect(removals.entries.allSatisfy { $0.file.rawValue >= 5 })
    }
}
