package import Catalogs
package import Mirrors
package import Time

extension TreeListing {
    /// The links that `catalog` has as removed, and that lead somewhere in this listing.
    ///
    /// A link is removed when its target goes, and nothing happens to the link itself when the
    /// target returns. Whether the link still exists is for the tree to say.
    func revivableLinks(of catalog: Catalog) -> [TreePath] {
        var candidates = self
        var removed: Set<ArraySlice<UInt8>> = []
        for id in catalog.ids where !catalog.isLive(id) && catalog.kind(of: id) == .symlink {
            guard let target = catalog.target(of: id) else { continue }
            candidates.appendLink(catalog.pathBytes(of: id), target: target)
            removed.insert(catalog.pathBytes(of: id))
        }
        guard !removed.isEmpty else { return [] }
        candidates = candidates.ordered()
        candidates.resolveLinks()
        let entries = candidates.entries
        return (0..<entries.count).compactMap { entry in
            guard entries.kind(at: entry) == .symlink, !candidates.deadLinks.contains(entry),
                removed.contains(entries.paths[entry])
            else { return nil }
            return TreePath(bytes: Array(entries.paths[entry]))
        }
    }
}

extension TreePublication {
    /// Publishes what is at and below `paths` of the tree `root`.
    ///
    /// Besides these, only removed links that these paths may revive are looked at.
    ///
    /// The rest stays as in the newest catalog. A link that never led anywhere is in no catalog, so
    /// only the next walk finds it, unless it is one of `paths`. `details` supply more properties
    /// of the files, as Manifests do.
    package init(
        ofPaths paths: [TreePath],
        in root: String,
        by filter: TreeFilter = TreeFilter(),
        details: ManifestDetails? = nil,
        in catalogs: CatalogStore,
        at now: Timestamp,
        allowingShrink: Bool = false,
        classes: FileClasses = .standard
    ) throws(PublishingError) {
        var part = try TreeWalk.listing(of: root, paths: paths, by: filter)
        try details?.complete(&part)
        let usable = paths.filter { $0.bytes[...].isTreePath }
        try self.init(
            in: catalogs,
            at: now,
            allowingShrink: allowingShrink,
            classes: classes,
            root: root
        ) {
            newest throws(PublishingError) in
            let listing = TreeListing(of: newest).replacing(usable, with: part)
            let links = listing.revivableLinks(of: newest)
            guard !links.isEmpty else { return listing }
            var revived = TreeListing()
            let found = try TreeWalk.listing(of: root, paths: links, by: filter).entries
            for entry in 0..<found.count where found.kind(at: entry) == .symlink {
                revived.append(found, at: entry)
            }
            return listing.replacing([], with: revived)
        }
    }
}
