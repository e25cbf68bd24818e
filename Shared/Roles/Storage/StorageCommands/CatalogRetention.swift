import FileDetailsFormat
package import ObjectStorage

/// Which catalog generations are kept: the newest, the recent, and those still referred to.
///
/// Catalogs are immutable, so without this one would accumulate with each change of the tree.
package struct CatalogRetention: Equatable, Sendable {
    /// How many of the newest generations are kept.
    package var newestCount: Int
    /// The minimum age for removing others.
    package var seconds: Int64

    package init(newestCount: Int = 10, seconds: Int64 = 7 * 86_400) {
        self.newestCount = newestCount
        self.seconds = seconds
    }

    /// The generations that can be removed.
    ///
    /// `named` are those that a map or `catalog/current` refers to. Generations newer than the
    /// newest of these are kept as well: a leader may be about to refer to them.
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

/// A catalog generation, or the details of its files, from a listing.
package struct StoredGeneration: Hashable, Sendable {
    package let number: UInt32
    package let entry: BlobEntry

    /// Nil for any other blob.
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
