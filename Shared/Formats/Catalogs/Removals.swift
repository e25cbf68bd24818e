package import Mirrors
package import Time

/// The removed files of a catalog that mirrors may still serve.
///
/// A client with yesterday's index requests yesterday's package. Most mirrors have it until their
/// next sync, and some for longer. A file is served from a mirror with a valid proof from before
/// the removal, and is asked for every day there; any other answer, or a day and a half without a
/// proof, ends that.
///
/// Only files whose content cannot have changed are served: folders, mutable files, members of
/// sets, index files and what the classes exclude are dropped at once, and so is what the leader is
/// told to forget.
package struct Removals: Sendable {
    /// A removed file, with the time when it was found missing.
    package struct Entry: Hashable, Sendable {
        package let file: FileID
        package let removedAt: Timestamp
    }

    /// The removed files that may be served, latest removal first.
    package let entries: [Entry]
    /// How long after its removal a file is served.
    package let seconds: Int64

    /// How long a proof, or the time before the removal, counts: a day, and half a day for delays.
    package static let proofSeconds: Int64 = 36 * 3_600

    /// The maximum number of files served, most recent removals first, so that a dropped suite is
    /// gone.
    package static let limit = 20_000

    /// No removed file is served.
    package static let none = Removals()

    private init() {
        (entries, seconds) = ([], 0)
    }

    /// The files removed in the last `seconds` before the catalog was published; 0 for none.
    ///
    /// Takes one pass over the catalog; paths are examined only for recent removals.
    package init(of catalog: Catalog, within seconds: Int64, classes: FileClasses) {
        self.seconds = seconds
        guard seconds > 0 else {
            entries = []
            return
        }
        let earliest = catalog.publishedAt.advanced(bySeconds: -seconds)
        let all = catalog.ids.compactMap { id -> Entry? in
            guard let removedAt = catalog.removed(of: id), removedAt > earliest,
                !catalog.leadsToDirectory(id), !catalog.hasChanged(id),
                classes.mayServeRemoved(catalog.pathBytes(of: id))
            else { return nil }
            return Entry(file: id, removedAt: removedAt)
        }.sorted { ($1.removedAt, $0.file) < ($0.removedAt, $1.file) }
        entries = Array(all.prefix(Self.limit))
    }

    /// Whether the file of `entry` may be served at `now`, given that it was last proven at
    /// `provenAt`.
    package func isServed(_ entry: Entry, provenAt: Timestamp, now: Timestamp) -> Bool {
        now < endOfService(entry)
            && now.seconds(since: max(provenAt, entry.removedAt)) <= Self.proofSeconds
    }

    /// When the file starts to go to the fallback, whatever mirrors have.
    package func endOfService(_ entry: Entry) -> Timestamp {
        entry.removedAt.advanced(bySeconds: seconds)
    }
}

extension FileClasses {
    /// Whether the file at `path` never changes and is useful on its own.
    fileprivate func mayServeRemoved(_ path: ArraySlice<UInt8>) -> Bool {
        !isMutable(path) && set(of: path) == nil && !excluded.contains { $0.matches(path) }
            && !isIndex(path)
    }

    private func isIndex(_ path: ArraySlice<UInt8>) -> Bool {
        let name = path.suffix(
            from: path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? path.startIndex
        )
        return indexNames.contains { name.elementsEqual($0.utf8) }
    }
}
