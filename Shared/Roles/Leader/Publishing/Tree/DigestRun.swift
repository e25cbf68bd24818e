package import Catalogs
import Glibc
import Hashing
import Linux
package import Mirrors
package import Time

/// Computes the missing digests of a local tree's files.
///
/// A file is read once for all algorithms. New and changed files come first; those that the time
/// does not suffice for are left to the next run. A file whose length or time differs from the
/// catalog, before or after it was read, is skipped: its digests would be those of another version.
package struct DigestRun: Sendable {
    package private(set) var digests: [(path: TreePath, digests: Digests)] = []
    /// The number of files that still lack digests.
    package private(set) var remainingCount = 0
    package private(set) var leftOut: [TreeListing.LeftOut] = []
    package private(set) var byteCount: UInt64 = 0

    /// Works until `deadline`, but always finishes the first file.
    package init(
        of algorithms: [Digests.Algorithm],
        for catalog: Catalog,
        in root: String,
        until deadline: ContinuousClock.Instant
    ) {
        let wanted = Set(algorithms)
        let lacking = catalog.ids
            .filter { id in
                catalog.isLive(id)
                    && catalog.kind(of: id) == .file
                    && !wanted.isSubset(of: catalog.digests(of: id).algorithms)
            }
            .sorted { left, right in
                let (new, old) = (catalog.changedIn(left), catalog.changedIn(right))
                return new != old ? new > old : left < right
            }
        remainingCount = lacking.count
        for id in lacking {
            guard id == lacking.first || ContinuousClock.now < deadline else { return }
            let file = catalog[id]
            let lackingAlgorithms = algorithms.filter { file.digests[$0] == nil }
            // The first one is read to its end; otherwise a file larger than the budget would never
            // be done.
            let end = id == lacking.first ? nil : deadline
            let source = Source(
                path: file.path.bytes[...],
                byteCount: file.byteCount,
                modified: file.modified
            )
            switch read(source, lackingAlgorithms, in: root, until: end) {
            case .digests(let found): digests.append((file.path, found))
            case .outOfTime: return
            case .leftOut(let reason):
                leftOut.append(TreeListing.LeftOut(path: file.path, reason: reason))
            }
            remainingCount -= 1
        }
    }

    /// Reads the small mutable files of `listing` that lack digests.
    ///
    /// These are mutable by their class, or because `newest` has them with another content. Such a
    /// file may be replaced by one of the same length, which only digests tell apart. A few seconds
    /// suffice for one publication's changes; the rest is left to the next run.
    init(
        ofMutable listing: TreeListing,
        after newest: Catalog,
        by classes: FileClasses,
        in root: String
    ) {
        let deadline = ContinuousClock.now + .seconds(Self.mutableSeconds)
        let index = CatalogIndex(newest)
        let entries = listing.entries
        for entry in 0..<entries.count {
            guard entries.kind(at: entry) == .file, entries.digests(at: entry).isEmpty,
                let byteCount = entries.byteCount(at: entry),
                (1...FileClasses.smallByteCount).contains(byteCount)
            else { continue }
            let path = entries.paths[entry]
            let id = index.id(of: path, in: newest)
            let isKnown = id.map { id in
                !newest.digests(of: id).isEmpty && newest.byteCount(of: id) == byteCount
                    && newest.modified(of: id) == entries.modified(at: entry)
            }
            if isKnown == true { continue }
            let hasChanged = id.map { id in
                newest.hasChanged(id)
                    || newest.isLive(id)
                        && (newest.byteCount(of: id) != byteCount
                            || newest.modified(of: id) != entries.modified(at: entry))
            }
            guard hasChanged == true || classes.isMutable(path) else { continue }
            guard ContinuousClock.now < deadline else {
                remainingCount += 1
                continue
            }
            let source = Source(
                path: path,
                byteCount: byteCount,
                modified: entries.modified(at: entry)
            )
            if case .digests(let found) = read(source, [.sha256], in: root, until: nil) {
                digests.append((TreePath(bytes: Array(path)), found))
            }
        }
    }

    private init() {}

    /// The SHA-256 of the file at `entry` of a listing of the tree `root`; nil where it cannot be
    /// read, or is not as it was listed.
    static func sha256(of entries: EntryColumns, at entry: Int, in root: String) -> [UInt8]? {
        let file = Source(
            path: entries.paths[entry],
            byteCount: entries.byteCount(at: entry),
            modified: entries.modified(at: entry)
        )
        var run = DigestRun()
        guard case .digests(let found) = run.read(file, [.sha256], in: root, until: nil) else {
            return nil
        }
        return found[.sha256].map { Array($0) }
    }

    private static let mutableSeconds = 20

    private enum Result {
        case digests(Digests)
        case outOfTime
        case leftOut(TreeListing.LeftOut.Reason)
    }

    /// A file as the catalog expects it in the tree.
    private struct Source {
        var path: ArraySlice<UInt8>
        var byteCount: UInt64?
        var modified: Timestamp
    }

    private mutating func read(
        _ file: Source,
        _ algorithms: [Digests.Algorithm],
        in root: String,
        until deadline: ContinuousClock.Instant?
    ) -> Result {
        let path = Array(root.utf8) + [UInt8(ascii: "/")] + Array(file.path) + [0]
        let descriptor = unsafe path[...].withCharacters { name in
            unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        }
        guard descriptor >= 0 else {
            return .leftOut(errno == ENOENT ? .vanished : .unreadable(systemText()))
        }
        defer { close(descriptor) }
        guard descriptor.isUnchanged(file.byteCount, file.modified) else {
            return .leftOut(.vanished)
        }
        var hashes = algorithms.map { ($0, $0.hash) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count: Int
            do throws(SystemError) {
                count = try readSome(from: descriptor, into: &buffer)
            } catch {
                return .leftOut(.unreadable(error.reason))
            }
            if count == 0 { break }
            byteCount += UInt64(count)
            for index in hashes.indices {
                unsafe hashes[index].1.update(buffer.span.bytes.extracting(first: count))
            }
            if let deadline, ContinuousClock.now >= deadline { return .outOfTime }
        }
        guard descriptor.isUnchanged(file.byteCount, file.modified) else {
            return .leftOut(.vanished)
        }
        var found: [Digests.Algorithm: [UInt8]] = [:]
        for index in hashes.indices { found[hashes[index].0] = hashes[index].1.finalize() }
        return .digests(Digests(found))
    }
}

extension Int32 {
    /// Whether the open file matches the catalog.
    func isUnchanged(_ byteCount: UInt64?, _ modified: Timestamp) -> Bool {
        var status = stat()
        guard unsafe fstat(self, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            return false
        }
        return UInt64(Swift.max(status.st_size, 0)) == byteCount
            && Int64(status.st_mtim.tv_sec) == modified.secondsSinceEpoch
    }
}

extension TreePublication {
    /// Publishes the digests that a run computed, for files that have not changed since.
    package init(
        of run: DigestRun,
        for catalog: Catalog,
        in catalogs: CatalogStore,
        at now: Timestamp
    ) throws(PublishingError) {
        let index = CatalogIndex(catalog)
        try self.init(
            in: catalogs,
            at: now,
            allowingShrink: false,
            classes: .standard
        ) { newest in
            var listing = TreeListing(of: newest)
            listing.setDigests(run.digests) { path, entries, entry in
                guard let id = index.id(of: path, in: catalog) else { return false }
                return entries.byteCount(at: entry) == catalog.byteCount(of: id)
                    && entries.modified(at: entry) == catalog[id].modified
            }
            return listing
        }
    }
}

extension TreeListing {
    /// Adds digests of small mutable files in the tree `root`.
    mutating func addDigests(
        ofMutableIn root: String,
        after newest: Catalog,
        by classes: FileClasses
    ) {
        let run = DigestRun(ofMutable: self, after: newest, by: classes, in: root)
        guard !run.digests.isEmpty else { return }
        setDigests(run.digests) { _, _, _ in true }
    }

    /// Adds digests to the files that `isSame` confirms to be those that were read.
    mutating func setDigests(
        _ digests: [(path: TreePath, digests: Digests)],
        isSame: (ArraySlice<UInt8>, EntryColumns, Int) -> Bool
    ) {
        let index = PathIndex(entries.paths)
        for (path, digests) in digests {
            guard let entry = index.position(of: path.bytes[...], in: entries.paths),
                entries.kind(at: entry) == .file, isSame(path.bytes[...], entries, entry)
            else { continue }
            setDetails(
                ofFile: entry,
                modified: entries.modified(at: entry),
                digests: entries.digests(at: entry).merging(digests)
            )
        }
    }
}
