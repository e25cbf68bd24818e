package import Time

/// Whether the folders of an access point can be listed, and how far listings are trusted.
package struct ListingMemory: Hashable, Sendable {
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        case unknown = 0
        /// Listings renew proofs.
        case useful = 1
        /// Folders are not listed.
        case lacking = 2
        /// A listing contained what a question by name did not find.
        case distrusted = 3
    }

    package var kind: Kind
    package var since: Timestamp

    package init(_ kind: Kind = .unknown, since: Timestamp = Timestamp(secondsSinceEpoch: 0)) {
        self.kind = kind
        self.since = since
    }
}
