package import Mirrors
package import Time

/// The number of an expected file: small, assigned once and never reused, so that a check state can
/// be an array.
package struct FileID: Hashable, Sendable, Comparable {
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    // Explicit, because other modules reach a synthesized one only through its witness table.
    package static func == (left: FileID, right: FileID) -> Bool {
        left.rawValue == right.rawValue
    }

    package static func < (left: FileID, right: FileID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// A path that clients can request, as the master publishes it.
package struct ExpectedFile: Hashable, Sendable {
    /// The kind of path.
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// A regular file.
        case file = 1
        /// A symbolic link, to a file or to a directory.
        case symlink = 2
        /// A directory.
        case directory = 3
        /// A path that leads through a symbolic link to a directory.
        ///
        /// It is not an entry of the tree, but clients request it:
        /// `releases/amd64/autobuilds/current-stage3/stage3.tar.xz`.
        case alias = 4
    }

    package var path: TreePath
    package var kind: Kind
    /// The length in bytes of what a client gets, links followed; nil if the path leads to a
    /// directory.
    package var byteCount: UInt64?
    /// The modification time of what a client gets, links followed.
    ///
    /// Advisory; ``EntryColumns/unknownTime`` if no source knew it.
    package var modified: Timestamp
    /// For a symlink, its target text; for an alias, the path that it leads to, without links;
    /// otherwise nil.
    package var target: TreePath?
    /// When a catalog first had the path.
    package var firstSeen: Timestamp
    /// When the path was found missing; nil while it is live.
    package var removed: Timestamp?
    /// The generation that last changed what a client gets, revived the path or added it.
    package var changedIn: UInt32
    /// The known digests of what a client gets, links followed.
    ///
    /// A removed file keeps its digests.
    package var digests: Digests
    /// The version before the content last changed; nil if it never did.
    package var previous: PreviousVersion?

    package init(
        path: TreePath,
        kind: Kind,
        byteCount: UInt64?,
        modified: Timestamp,
        target: TreePath? = nil,
        firstSeen: Timestamp,
        removed: Timestamp? = nil,
        changedIn: UInt32,
        digests: Digests = Digests(),
        previous: PreviousVersion? = nil
    ) {
        self.path = path
        self.kind = kind
        self.byteCount = byteCount
        self.modified = modified
        self.target = target
        self.firstSeen = firstSeen
        self.removed = removed
        self.changedIn = changedIn
        self.digests = digests
        self.previous = previous
    }

    /// Whether a client that requests the path gets a listing instead of a file.
    package var leadsToDirectory: Bool { byteCount == nil }
}

/// The content that a path had before its present one.
///
/// Mirrors lag: for some time, one that still has this is behind, not broken.
package struct PreviousVersion: Hashable, Sendable {
    package var byteCount: UInt64
    package var modified: Timestamp
    package var digests: Digests
    /// Until when a mirror may still have it.
    package var acceptableUntil: Timestamp

    /// How long a mirror may take to pick up a replaced file: a week, which slow ones need.
    package static let graceSeconds: Int64 = 7 * 86_400

    package init(
        byteCount: UInt64,
        modified: Timestamp,
        digests: Digests = Digests(),
        acceptableUntil: Timestamp
    ) {
        self.byteCount = byteCount
        self.modified = modified
        self.digests = digests
        self.acceptableUntil = acceptableUntil
    }
}
