import FileDetailsFormat
package import ObjectStorage

/// Which catalog generations are kept: the newest ones, those that are young, and every one that is
/// still named.
///
/// A catalog is immutable, so without this they would pile up, one with every change of the tree.
package struct CatalogRetention: Equatable, Sendable {
    /// How many of the newest generations stay.
    package var newestCount: Int
    /// How old the others have to be to go.
    package var seconds: Int64

    package init(newestCount: Int = 10, seconds: Int64 = 7 * 86_400) {
        self.newestCount = newestCount
        self.seconds = seconds
    }

    /// The generations that can go.
    ///
    /// `named` are those that a map or `catalog/current` names. What is newer than the newest of
    /// them stays, too: a Leader may be about to name it.
    package func expired(
        _ generations: [StoredGeneration],
        named: Set<UInt32>,
        now: Int64
    ) -> [StoredGeneration] {
        guard let newestNamed = named.max() else { return [] }
        let newestFirst = generations.sorted { $0.number > $1.number }
        return newestFirst.dropFirst(max(newestCount, 1)).filter { generation in
            generation.number < newestNamed && !named.contains(generation.number)
                && generation.entry.modifiedAt <= now - seconds
        }
    }
}

/// A catalog generation, or the details of its files, as a listing shows it.
package struct StoredGeneration: Hashable, Sendable {
    package let number: UInt32
    package let entry: BlobEntry

    /// Nil for a blob that is neither.
    package init?(_ entry: BlobEntry) {
        guard
            let number = Self.catalog(entry.key.text)
                ?? FileDetailsKey.generation(of: entry.key.text)
        else { return nil }
        self.number = number
        self.entry = entry
    }

    private static func catalog(_ key: String) -> UInt32? {
        guard key.hasPrefix("catalog/"), key.hasSuffix(".catalog") else { return nil }
        return UInt32(key.dropFirst("catalog/".count).dropLast(".catalog".count))
    }
}
