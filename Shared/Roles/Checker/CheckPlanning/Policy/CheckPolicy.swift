package import Catalogs
package import Mirrors
import Synchronization
package import Time

/// The rules of a check for one generation of the catalog, shared by all access points.
///
/// Anything expensive is computed once, when first needed.
package final class CheckPolicy: Sendable {
    package let catalog: Catalog
    package let classes: FileClasses
    package let settings: PolicySettings
    /// The catalog's generation.
    package let generation: UInt32
    /// Identifies the classes of files: what was judged by other classes is judged again.
    ///
    /// Never 0.
    package let classesMark: UInt64

    private let made = Mutex(Made())

    private struct Made {
        var neighbourhoods: Neighbourhoods?
        var newestFirst: [FileID]?
        var targets: LinkTargets?
        var mutableFiles: FileSet?
        var removals: Removals?
    }

    package init(catalog: Catalog, classes: FileClasses, settings: PolicySettings) {
        self.catalog = catalog
        self.classes = classes
        self.settings = settings
        generation = catalog.generation
        classesMark = Self.mark(of: classes)
    }

    /// Computes now what is needed in any case: 150 ms for 150,000 files, in a thread where nobody
    /// waits for it.
    package func prepare() {
        _ = (neighbourhoods, newestFirst, targets, mutableFiles, removals)
    }

    /// The live files in groups that tend to be lost together.
    package var neighbourhoods: Neighbourhoods {
        made.withLock { made in
            if let known = made.neighbourhoods { return known }
            let neighbourhoods = Neighbourhoods(catalog)
            made.neighbourhoods = neighbourhoods
            return neighbourhoods
        }
    }

    /// The live files by the generation of their last change, then by modification time, newest
    /// first.
    package var newestFirst: [FileID] {
        made.withLock { made in
            if let known = made.newestFirst { return known }
            let order = sortedNewestFirst()
            made.newestFirst = order
            return order
        }
    }

    private func sortedNewestFirst() -> [FileID] {
        let changedIn = catalog.changeGenerations
        var files: [KeyedFile] = []
        files.reserveCapacity(catalog.count)
        for id in catalog.ids where catalog.isLive(id) {
            // Times range from 1970 to 2106.
            let modified = UInt32(clamping: catalog.modified(of: id).secondsSinceEpoch)
            let generation = changedIn[Int(id.rawValue)]
            files.append(KeyedFile(key: UInt64(~generation) << 32 | UInt64(~modified), file: id))
        }
        KeyedFile.sort(&files)
        return files.map(\.file)
    }

    /// The live mutable files: by their class, or because they changed in place before.
    var mutableFiles: FileSet {
        made.withLock { made in
            if let known = made.mutableFiles { return known }
            var files = FileSet()
            let matcher = classes.mutableFiles
            for id in catalog.ids where catalog.isLive(id) && catalog.byteCount(of: id) != nil {
                let isMutable =
                    catalog.hasChanged(id) || matcher.matches(catalog.pathBytes(of: id))
                if isMutable { files.insert(id) }
            }
            made.mutableFiles = files
            return files
        }
    }

    /// The removed files that may still be served.
    var removals: Removals {
        made.withLock { made in
            if let known = made.removals { return known }
            let removals = Removals(
                of: catalog,
                within: settings.removedSeconds,
                classes: classes
            )
            made.removals = removals
            return removals
        }
    }

    private static func mark(of classes: FileClasses) -> UInt64 {
        let text = classes.mutable.map(\.description).sorted().joined(separator: "\n")
        return max(1, StableHash.hash(text.utf8) >> 32)
    }

    /// The destinations of links, and of paths through links.
    var targets: LinkTargets {
        made.withLock { made in
            if let known = made.targets { return known }
            let targets = LinkTargets(catalog)
            made.targets = targets
            return targets
        }
    }

    /// The path of the folder that contains a file, without a trailing slash; empty for the root.
    package func folderPath(of id: FileID) -> ArraySlice<UInt8> {
        Neighbourhoods.split(catalog.pathBytes(of: id)).folder
    }

    /// Since when the file has been expected in its present version, as far as the catalog tells.
    func expectedSince(_ id: FileID) -> Timestamp { catalog.expectedSince(id) }

    /// What is expected of a file, to compare a server's answer with.
    ///
    /// Digests are only expected for small files over HTTP: others are not fetched. `isMutable`
    /// says whether it is one of ``mutableFiles``.
    func expectation(of id: FileID, isMutable: Bool, isWeb: Bool) -> FileJudge.Expectation {
        let byteCount = catalog.byteCount(of: id)
        guard isMutable else {
            return FileJudge.Expectation(byteCount: byteCount, changedIn: catalog.changedIn(id))
        }
        let isSmall = byteCount.map { $0 > 0 && $0 <= settings.contentProofByteCount } ?? false
        return FileJudge.Expectation(
            byteCount: byteCount,
            changedIn: catalog.changedIn(id),
            modified: catalog.modified(of: id),
            previous: catalog.previousVersion(of: id),
            digests: isSmall && isWeb ? catalog.digests(of: id) : Digests()
        )
    }
}

/// What a server said about a file.
package struct FileAnswer: Hashable, Sendable {
    package var reply: Reply
    /// The modification time according to the server; nil if it gives none.
    package var modified: Timestamp?
    /// The digests of the file if it was fetched, otherwise empty.
    package var digests: Digests
    /// Whether the file was to be fetched, even if that failed.
    package var isOfContent: Bool

    package init(
        _ reply: Reply,
        modified: Timestamp? = nil,
        digests: Digests = Digests(),
        isOfContent: Bool = false
    ) {
        self.reply = reply
        self.modified = modified
        self.digests = digests
        self.isOfContent = isOfContent
    }
}
