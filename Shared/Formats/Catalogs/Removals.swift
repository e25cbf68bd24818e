package import Mirrors
package import Time

/// The removed files of a catalog that mirrors may still be used for.
///
/// A client with yesterday's index asks for yesterday's package. Most mirrors have it until their
/// next sync, and some for longer. A file is served from a mirror for which a proof from before the
/// removal counts, and is asked for every day there; the first other answer, or a day and a half
/// without a proof, ends it.
///
/// Only files whose content cannot have changed are served: folders, mutable files, members of
/// sets, index files and what the classes exclude go at once, and so does what the leader is told
/// to forget.
package struct Removals: Sendable {
    /// A removed file and when it was found gone.
    package struct Entry: Hashable, Sendable {
        package let file: FileID
        package let removedAt: Timestamp
    }

    /// Those that may be served, latest removal first.
    package let entries: [Entry]
    /// For how long after its removal a file is served.
    package let seconds: Int64

    /// So long a proof counts, or the time before the removal: a day, and half a day for what comes
    /// late.
    package static let proofSeconds: Int64 = 36 * 3_600

    /// At most this many files are served, those that were removed last: a suite that is dropped is
    /// gone.
    package static let limit = 20_000

    /// No removed file is served.
    package static let none = Removals()

    private init() {
        (entries, seconds) = ([], 0)
    }

    /// The files that were removed in the last `seconds` before the catalog was published; 0 for
    /// none.
    ///
    /// One pass over the catalog; paths are looked at only where they were removed lately.
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

    /// Whether the file of `entry` may be served at `now` where it was last proven at `provenAt`.
    package func isServed(_ entry: Entry, provenAt: Timestamp, now: Timestamp) -> Bool {
        now < endOfService(entry)
            && now.seconds(since: max(provenAt, entry.removedAt)) <= Self.proofSeconds
    }

    /// From when on the file goes to the fallback, whatever mirrors have.
    package func endOfService(_ entry: Entry) -> Timestamp {
        entry.removedAt.advanced(bySeconds: seconds)
    }
}

extension FileClasses {
    /// Whether the file at `path` is always the same, and means the same without others.
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
