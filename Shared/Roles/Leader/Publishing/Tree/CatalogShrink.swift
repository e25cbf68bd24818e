import Catalogs
import Mirrors

/// The files that vanished from a tree in one run, and whether that looks like an accident: a tree
/// that shrinks a lot is usually one that is not mounted.
///
/// It is an accident if one of these vanished:
/// - more than a tenth of all live files (three may always go, so that small trees can lose a
///   file);
/// - more than half of a folder in the two outermost levels, if it had at least ten; both limits
///   may be set by the classes;
/// - everything in the tree, or in such a folder.
///
/// Routine changes are not accidents and don't count towards the first two: mutable files, and
/// files of a small folder that gained as many new ones (createrepo_c names its metadata by digest,
/// and so replaces all of `repodata/` on each run).
struct CatalogShrink {
    /// The live files that are gone, by ascending number.
    let vanished: [FileID]
    /// For each file of the previous catalog, whether it was live.
    let wasLive: [Bool]
    /// For each of these, whether it is in the tree now.
    let isSeen: [Bool]
    /// The catalog including added files.
    let catalog: Catalog

    /// Above this size, replacing all files of a folder is never routine.
    static let smallFolderLimit = 100

    /// Why the vanished files may not be removed, or nil; `classes` is called only if the verdict
    /// depends on it.
    ///
    /// Takes about 0.2 µs a live file if anything vanished.
    func refusal(
        _ classes: () throws(PublishingError) -> FileClasses
    ) throws(PublishingError) -> PublishingError? {
        guard !vanished.isEmpty else { return nil }
        let classes = try classes()
        let rails = classes.rails
        let liveCount = wasLive.count { $0 }
        let outer = tallies(\.outerFolders)
        guard shrunk(vanished, of: liveCount, rails) != nil || emptied(outer, rails) != nil
        else { return nil }
        if vanished.count == liveCount { return shrunk(vanished, of: liveCount, rails) }
        if let folder = Self.first(
            outer,
            where: { $0.live >= rails.folderFileCount && $0.isLeftEmpty }
        ) {
            return .folderShrunk(
                folder: "\(TreePath(bytes: Array(folder.key)))",
                vanishedCount: folder.value.vanished,
                liveCount: folder.value.live
            )
        }
        let lost = lost(classes)
        if let refusal = shrunk(lost, of: liveCount, rails) { return refusal }
        var counted = outer.mapValues { FolderChange(live: $0.live) }
        for id in lost {
            for folder in catalog.pathBytes(of: id).outerFolders { counted[folder]?.vanished += 1 }
        }
        return emptied(counted, rails)
    }

    /// The changes to a folder's files.
    private struct FolderChange {
        var live = 0
        var vanished = 0
        /// New files and revived ones.
        var added = 0

        var isLeftEmpty: Bool { vanished == live && added == 0 }
    }

    /// The vanished files that are not routine.
    private func lost(_ classes: FileClasses) -> [FileID] {
        let counting = vanished.filter { !classes.isMutable(catalog.pathBytes(of: $0)) }
        let folders = tallies { [$0.folder] }
        var spared: [ArraySlice<UInt8>: Int] = [:]
        return counting.filter { id in
            let folder = catalog.pathBytes(of: id).folder
            guard let tally = folders[folder], tally.live <= Self.smallFolderLimit,
                spared[folder, default: 0] < tally.added
            else { return true }
            spared[folder, default: 0] += 1
            return false
        }
    }

    /// The tallies of the folders that lost files; `folders` gives the folders that a path counts
    /// in.
    private func tallies(
        _ folders: (ArraySlice<UInt8>) -> [ArraySlice<UInt8>]
    ) -> [ArraySlice<UInt8>: FolderChange] {
        var tallies: [ArraySlice<UInt8>: FolderChange] = [:]
        for id in vanished {
            for folder in folders(catalog.pathBytes(of: id)) {
                tallies[folder, default: FolderChange()].vanished += 1
            }
        }
        for id in catalog.ids {
            let number = Int(id.rawValue)
            let wasThere = number < wasLive.count && wasLive[number]
            guard wasThere || number >= wasLive.count || isSeen[number] else { continue }
            for folder in folders(catalog.pathBytes(of: id)) {
                if wasThere { tallies[folder]?.live += 1 } else { tallies[folder]?.added += 1 }
            }
        }
        return tallies
    }

    private func shrunk(
        _ lost: [FileID],
        of liveCount: Int,
        _ rails: FileClasses.ShrinkLimits
    ) -> PublishingError? {
        let allowedCount = min(max(liveCount * rails.treePercent / 100, 3), max(liveCount - 1, 0))
        guard lost.count > allowedCount else { return nil }
        return .shrunk(
            vanishedCount: lost.count,
            liveCount: liveCount,
            allowedCount: allowedCount,
            example: lost.first.map { "\(catalog.path(of: $0))" } ?? ""
        )
    }

    private func emptied(
        _ outer: [ArraySlice<UInt8>: FolderChange],
        _ rails: FileClasses.ShrinkLimits
    ) -> PublishingError? {
        let found = Self.first(outer) {
            $0.live >= rails.folderFileCount && 100 * $0.vanished > rails.folderPercent * $0.live
        }
        guard let found else { return nil }
        return .folderShrunk(
            folder: "\(TreePath(bytes: Array(found.key)))",
            vanishedCount: found.value.vanished,
            liveCount: found.value.live
        )
    }

    /// The first folder, in the order of a walk, that fulfils `condition`.
    private static func first(
        _ tallies: [ArraySlice<UInt8>: FolderChange],
        where condition: (FolderChange) -> Bool
    ) -> (key: ArraySlice<UInt8>, value: FolderChange)? {
        tallies.filter { condition($0.value) }.min { $0.key.isBeforeInWalk($1.key) }
    }
}

extension ArraySlice<UInt8> {
    private static var slash: UInt8 { UInt8(ascii: "/") }

    /// The folder of this path; empty in the root.
    fileprivate var folder: ArraySlice<UInt8> {
        self[..<(lastIndex(of: Self.slash) ?? startIndex)]
    }

    /// The folders of the two outermost levels that contain this path.
    fileprivate var outerFolders: [ArraySlice<UInt8>] {
        guard let first = firstIndex(of: Self.slash) else { return [] }
        guard let second = self[(first + 1)...].firstIndex(of: Self.slash) else {
            return [self[..<first]]
        }
        return [self[..<first], self[..<second]]
    }
}
