package import Mirrors
package import Time

/// The number of an expected file: small, given once, never reused, so that a check state is an
/// array.
package struct FileID: Hashable, Sendable, Comparable {
    package let rawValue: UInt32

    package init(_ rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static func < (left: FileID, right: FileID) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// One path that a client can ask for, as the master publishes it.
package struct ExpectedFile: Hashable, Sendable {
    /// How the path comes to be.
    package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
        /// A regular file.
        case file = 1
        /// A symbolic link, to a file or to a directory.
        case symlink = 2
        /// A directory.
        case directory = 3
        /// A path that leads through a symbolic link to a directory.
        ///
        /// It is no entry of the tree, but clients ask for it:
        /// `releases/amd64/autobuilds/current-stage3/stage3.tar.xz`.
        case alias = 4
    }

    package var path: TreePath
    package var kind: Kind
    /// The length in bytes of what a client receives, links followed; nil where the path leads to a
    /// directory.
    package var byteCount: UInt64?
    /// The modification time of what a client receives, links followed.
    ///
    /// Advisory; ``EntryColumns/unknownTime`` where no source knew it.
    package var modified: Timestamp
    /// For a symlink the text of the link; for an alias the path it leads to, free of links; else
    /// nil.
    package var target: TreePath?
    /// When a catalog first held the path.
    package var firstSeen: Timestamp
    /// When the path was found gone; nil while it is live.
    package var removed: Timestamp?
    /// The generation that last changed what a client receives, revived the path or first held it.
    package var changedIn: UInt32
    /// What is known of the digests of what a client receives, links followed.
    ///
    /// Those of a removed file stay.
    package var digests: Digests
    /// What was here before the content last changed; nil where it never did.
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

    /// Whether a client that asks for the path gets a listing instead of bytes.
    package var leadsToDirectory: Bool { byteCount == nil }
}

/// The content that a path had before its present one.
///
/// Mirrors lag: one that still has this is behind and not broken, up to a time.
package struct PreviousVersion: Hashable, Sendable {
    package var byteCount: UInt64
    package var modified: Timestamp
    package var digests: Digests
    /// Until when a mirror may still have it.
    package var acceptableUntil: Timestamp

    /// How long a mirror may take to notice a replaced file: a week, which slow ones need.
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
