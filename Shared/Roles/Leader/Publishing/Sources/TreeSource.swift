/// A source that lists the tree.
///
/// All sources give the same kind of listing, so that equal content makes an equal catalog.
/// Properties that a source cannot know (a Manifest knows no times, a walk no digests) are left
/// open.
package protocol TreeSource: Sendable {
    /// The name of the source in reports.
    var name: String { get }

    /// Lists the tree except for what `filter` excludes. Links are not resolved, and the order is
    /// that of a walk.
    ///
    /// Throws if there is no listing at all. Paths below the root that could not be read are noted
    /// in the listing.
    func listing(by filter: TreeFilter) throws(PublishingError) -> TreeListing
}

extension TreeSource {
    /// Lists the tree without temporary files.
    package func listing() throws(PublishingError) -> TreeListing {
        try listing(by: TreeFilter())
    }
}

/// A folder in the local file system.
package struct LocalTree: TreeSource {
    package let root: String

    package init(root: String) {
        self.root = root
    }

    package var name: String { "tree \(root)" }

    package func listing(by filter: TreeFilter) throws(PublishingError) -> TreeListing {
        try TreeWalk.listing(of: root, by: filter)
    }
}

extension TreeListing {
    /// The listings of all `sources`, highest precedence first, joined by the rule of
    /// ``join(_:named:)``.
    ///
    /// Throws if one of them has no listing: a catalog without it would lose its files.
    package init(
        of sources: [any TreeSource],
        by filter: TreeFilter = TreeFilter()
    ) throws(PublishingError) {
        self.init()
        for (index, source) in sources.enumerated() {
            let listing = try source.listing(by: filter)
            if index == 0 { self = listing } else { join(listing, named: source.name) }
        }
    }
}
