import Catalogs
import Mirrors
import Time

extension ExpectedFile {
    /// A file with only the properties that a test is about.
    static func make(
        _ path: String,
        kind: Kind = .file,
        byteCount: UInt64? = 7,
        modified: Int64 = 1_700_000_000,
        target: String? = nil,
        firstSeen: Int64 = 1_750_000_000,
        removed: Int64? = nil,
        changedIn: UInt32 = 1,
        digests: Digests = Digests(),
        previous: PreviousVersion? = nil
    ) -> ExpectedFile {
        ExpectedFile(
            path: TreePath(path),
            kind: kind,
            byteCount: byteCount,
            modified: Timestamp(secondsSinceEpoch: modified),
            target: target.map { TreePath($0) },
            firstSeen: Timestamp(secondsSinceEpoch: firstSeen),
            removed: removed.map { Timestamp(secondsSinceEpoch: $0) },
            changedIn: changedIn,
            digests: digests,
            previous: previous
        )
    }
}

extension Digests {
    /// Digests of these algorithms that depend on `seed`.
    static func make(_ seed: UInt8, _ algorithms: Algorithm...) -> Digests {
        let algorithms = algorithms.isEmpty ? Algorithm.allCases : algorithms
        return Digests(
            Dictionary(
                uniqueKeysWithValues: algorithms.map { algorithm in
                    (algorithm, (0..<algorithm.byteCount).map { seed &+ UInt8($0) })
                }
            )
        )
    }
}

extension Catalog {
    /// A catalog in which every column contains its extremes.
    static func makeVaried() -> Catalog {
        var catalog = Catalog(
            generation: 9,
            publishedAt: Timestamp(secondsSinceEpoch: 1_780_000_000)
        )
        catalog.append(.make("distfiles", kind: .directory, byteCount: nil, modified: 0))
        catalog.append(.make("distfiles/aa", kind: .directory, byteCount: nil, changedIn: 0))
        catalog.append(
            .make(
                "distfiles/aa/foo%2Fbar.tar.xz",
                byteCount: 0,
                changedIn: 9,
                digests: .make(1, .sha512),
                previous: PreviousVersion(
                    byteCount: .max - 1,
                    modified: Timestamp(secondsSinceEpoch: .min),
                    digests: .make(2),
                    acceptableUntil: Timestamp(secondsSinceEpoch: .max)
                )
            )
        )
        catalog.append(.make("distfiles/aa/a", byteCount: .max - 1, modified: .min))
        let digests = Digests.make(3, .sha512, .blake2b)
        catalog.append(
            .make("distfiles/aa/b", modified: .max, removed: 1_760_000_000, digests: digests)
        )
        catalog.append(.make("distfiles/b", kind: .symlink, target: "aa/b", digests: digests))
        catalog.append(.make("c", kind: .symlink, byteCount: nil, target: "distfiles"))
        catalog.append(.make("c/b", kind: .alias, target: "distfiles/aa/b", removed: .min))
        var odd = ExpectedFile.make("")
        odd.path = TreePath(bytes: [0xFF, 0x0A, 0xC3])
        odd.firstSeen = Timestamp(secondsSinceEpoch: -1)
        odd.previous = PreviousVersion(
            byteCount: 0,
            modified: EntryColumns.unknownTime,
            acceptableUntil: Timestamp(secondsSinceEpoch: 0)
        )
        catalog.append(odd)
        return catalog
    }
}
