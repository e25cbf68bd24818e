package import Catalogs
package import JSON
package import Mirrors
package import Time

/// The outcome of publishing a listing.
package struct TreePublication: Sendable {
    /// The newest catalog, whether this run made it or not, and what this run changed in it.
    package let change: CatalogChange
    package let isPublished: Bool
    package let leftOut: [TreeListing.LeftOut]

    /// Brings the newest catalog up to date with what a source lists, and publishes it where that
    /// changes anything.
    ///
    /// `root` is the tree that was listed, where it is one of this machine: small files that change
    /// under their names are read there for their digests.
    ///
    /// Throws, and leaves what readers see as it was, where the tree shrank suspiciously, the
    /// newest catalog cannot be read, or another Leader was faster.
    package init(
        of listing: consuming TreeListing,
        in catalogs: CatalogStore,
        at now: Timestamp,
        allowingShrink: Bool = false,
        classes: FileClasses = .standard,
        root: String? = nil
    ) throws(PublishingError) {
        var held: TreeListing? = listing
        try self.init(
            in: catalogs,
            at: now,
            allowingShrink: allowingShrink,
            classes: classes,
            root: root
        ) { _ in
            // Taken out, so that nobody else holds it when its links are resolved in place.
            held.take() ?? TreeListing()
        }
    }

    /// The same for a listing that is made from the newest catalog.
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
        // At ten million entries it is half of all memory, and the rest is yet to be encoded.
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

    /// How often each reason left something out, in the order of the reasons' names.
    package var leftOutCounts: [(reason: String, count: Int)] {
        Dictionary(grouping: leftOut, by: \.reason.name)
            .map { (reason: $0.key, count: $0.value.count) }
            .sorted { $0.reason < $1.reason }
    }

    /// The publication as members of the Leader's result.
    ///
    /// `files` are the live paths that lead to bytes, `folders` those that lead to a directory;
    /// `aliases`, which are among both, lead through a symlink to a directory.
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
