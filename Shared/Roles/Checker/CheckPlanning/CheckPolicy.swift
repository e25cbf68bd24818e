package import Catalogs
package import Mirrors
import Synchronization
package import Time

/// What a check goes by, for one generation of the catalog: shared by all access points.
///
/// Everything that costs time to make is made when it is first needed, once.
package final class CheckPolicy: Sendable {
    package let catalog: Catalog
    package let classes: FileClasses
    package let settings: PolicySettings
    /// That of the catalog.
    package let generation: UInt32
    /// Tells these classes from others: what was judged by others is judged anew.
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

    /// Makes now what is needed in any case: 150 ms for 150,000 files, in a thread where that is no
    /// matter.
    package func prepare() {
        _ = (neighbourhoods, newestFirst, targets, mutableFiles, removals)
    }

    /// The live files in groups that are lost together.
    package var neighbourhoods: Neighbourhoods {
        made.withLock { made in
            if let known = made.neighbourhoods { return known }
            let neighbourhoods = Neighbourhoods(catalog)
            made.neighbourhoods = neighbourhoods
            return neighbourhoods
        }
    }

    /// The live files by the generation that last changed them, then by modification time, newest
    /// first.
    package var newestFirst: [FileID] {
        made.withLock { made in
            if let known = made.newestFirst { return known }
            // Integers sort several times faster than columns compare. Times count from 1970 to
            // 2106.
            let keys = catalog.ids.filter(catalog.isLive).map { id in
                let modified = UInt32(clamping: catalog.modified(of: id).secondsSinceEpoch)
                return (
                    UInt64(~catalog.changedIn(id)) << 32 | UInt64(~modified), id.rawValue
                )
            }
            let order = keys.sorted { $0 < $1 }.map { FileID($0.1) }
            made.newestFirst = order
            return order
        }
    }

    /// The live files that change under their names: by their class, or because they did.
    ///
    /// Two microseconds a file to make.
    var mutableFiles: FileSet {
        made.withLock { made in
            if let known = made.mutableFiles { return known }
            var files = FileSet()
            for id in catalog.ids where catalog.isLive(id) && catalog.byteCount(of: id) != nil {
                let isMutable =
                    catalog.hasChanged(id) || classes.isMutable(catalog.pathBytes(of: id))
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

    /// Where links and paths through links lead.
    var targets: LinkTargets {
        made.withLock { made in
            if let known = made.targets { return known }
            let targets = LinkTargets(catalog)
            made.targets = targets
            return targets
        }
    }

    /// The path of the folder that a file lies in, without a slash at its end; empty for the root.
    package func folderPath(of id: FileID) -> ArraySlice<UInt8> {
        Neighbourhoods.split(catalog.pathBytes(of: id)).folder
    }

    /// Since when the file is expected as it is, as far as the catalog tells.
    func expectedSince(_ id: FileID) -> Timestamp { catalog.expectedSince(id) }

    /// What is expected of a file, to be held against a server's word about it.
    ///
    /// Digests are expected of small files of the web alone: others are not fetched.
    func expectation(of id: FileID, isWeb: Bool) -> FileJudge.Expectation {
        let byteCount = catalog.byteCount(of: id)
        let isMutable = mutableFiles.contains(id)
        let isSmall = byteCount.map { $0 > 0 && $0 <= settings.contentProofByteCount } ?? false
        return FileJudge.Expectation(
            byteCount: byteCount,
            changedIn: catalog.changedIn(id),
            modified: isMutable ? catalog.modified(of: id) : nil,
            previous: isMutable ? catalog.previousVersion(of: id) : nil,
            digests: isMutable && isSmall && isWeb ? catalog.digests(of: id) : Digests()
        )
    }
}

/// What a server said about a file.
package struct Testimony: Hashable, Sendable {
    package var reply: Reply
    /// When the file was last modified, as the server says; nil where it does not.
    package var modified: Timestamp?
    /// The digests of the file, where it was fetched; else empty.
    package var digests: Digests
    /// Whether it was to be fetched, whatever came of it.
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
