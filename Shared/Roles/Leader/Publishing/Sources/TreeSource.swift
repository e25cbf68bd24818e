/// Something that can say what the tree holds.
///
/// All sources give the same kind of listing, so that the same content makes the same catalog
/// whichever says it. What a source cannot know (a Manifest knows no times, a walk no digests) it
/// leaves open.
package protocol TreeSource: Sendable {
    /// What the source is called in reports.
    var name: String { get }

    /// What is in the tree now, but for what `filter` leaves out; links are not resolved yet, and
    /// the order is that of a walk.
    ///
    /// Throws where there is no listing at all. What could not be read below the root is in the
    /// listing.
    func listing(by filter: TreeFilter) throws(PublishingError) -> TreeListing
}

extension TreeSource {
    /// The same with nothing excluded but temporary files.
    package func listing() throws(PublishingError) -> TreeListing {
        try listing(by: TreeFilter())
    }
}

/// A folder of the local file system.
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
    /// What all of `sources` say, joined by the rule of ``join(_:named:)``, the weightiest first.
    ///
    /// Throws if one of them has no listing: a catalog without it would forget its files.
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
