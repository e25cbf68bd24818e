package import Catalogs
package import JSON
package import Mirrors
package import Time

/// The outcome of publishing a listing.
package struct TreePublication: Sendable {
    /// The newest catalog, whether or not this run made it, and what this run changed.
    package let change: CatalogChange
    package let isPublished: Bool
    package let leftOut: [TreeListing.LeftOut]

    /// Updates the newest catalog from a source's listing, and publishes it if that changes
    /// anything.
    ///
    /// `root` is the listed tree if it is on this machine: small mutable files are read there for
    /// their digests.
    ///
    /// Throws, without changing what readers see, if the tree shrank suspiciously, the newest
    /// catalog cannot be read, or another leader was faster.
    package init(
        of listing: consuming TreeListing,
        in catalogs: CatalogStore,
        at now: Timestamp,
        allowingShrink: Bool = false,
        classes: FileClasses = .standard,
        root: String? = nil
    ) throws(PublishingError) {
        var remaining: TreeListing? = listing
        try self.init(
            in: catalogs,
            at: now,
            allowingShrink: allowingShrink,
            classes: classes,
            root: root
        ) { _ in
            // Take it out, so that no second reference forces a copy when the links are resolved.
            remaining.take() ?? TreeListing()
        }
    }

    /// Updates and publishes the newest catalog from a listing that is derived from it.
    init(
        in catalogs: CatalogStore,
        at now: Timestamp,
        allowingShrink: Bool,
        classes: FileClasses,
        root: String? = nil,
        listing makeListing: (Catalog) throws(PublishingError) -> TreeListing
    ) throws(PublishingError) {
        let pointer: CatalogStore.Pointer
        let newest: Catalog
        let nextGeneration: UInt32
        do throws(CatalogError) {
            pointer = try catalogs.current()
            newest = try catalogs.catalog(generation: pointer.generation)
            nextGeneration = try catalogs.nextGeneration(after: pointer)
        } catch {
            throw .catalog(error)
        }
        var listing = try makeListing(newest)
        if let root {
            listing.settleSets(in: root, after: newest, by: classes)
            listing.addDigests(ofMutableIn: root, after: newest, by: classes)
        }
        listing.resolveLinks()
        let leftOut = listing.leftOut
        let change = try (consume newest).change(
            to: listing,
            generation: nextGeneration,
            at: now,
            allowingShrink: allowingShrink,
            classes: { () in classes }
        )
        // Free it: at ten million entries it is half of all memory, and encoding is still to come.
        listing = TreeListing()
        self.change = change
        isPublished = !change.isEmpty
        self.leftOut = leftOut
        guard isPublished else { return }
        do throws(CatalogError) {
            try catalogs.publish(change.catalog, replacing: pointer)
        } catch {
            throw .catalog(error)
        }
    }

    /// The number of paths left out for each reason, sorted by name.
    package var leftOutCounts: [(reason: String, count: Int)] {
        Dictionary(grouping: leftOut, by: \.reason.name)
            .map { (reason: $0.key, count: $0.value.count) }
            .sorted { $0.reason < $1.reason }
    }

    /// The publication as members of the leader's result.
    ///
    /// `files` counts the live paths that lead to a file, `folders` those that lead to a directory;
    /// `aliases`, which are included in both, lead through a symlink to a directory.
    package var json: JSONObject {
        let catalog = change.catalog
        let live = catalog.ids.filter(catalog.isLive)
        var reasons = JSONObject()
        for (reason, count) in leftOutCounts { reasons.append(reason, .integer(Int64(count))) }
        return [
            "generation": .integer(Int64(catalog.generation)),
            "published": .bool(isPublished),
            "files": .integer(Int64(live.count { !catalog.leadsToDirectory($0) })),
            "folders": .integer(Int64(live.count { catalog.leadsToDirectory($0) })),
            "aliases": .integer(Int64(live.count { catalog.kind(of: $0) == .alias })),
            "added": .integer(Int64(change.addedCount)),
            "removed": .integer(Int64(change.removedCount)),
            "changed": .integer(Int64(change.changedCount)),
            "revived": .integer(Int64(change.revivedCount)),
            "leftOut": .object(reasons),
        ]
    }
}
