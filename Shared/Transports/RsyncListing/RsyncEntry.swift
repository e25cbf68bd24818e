package import Mirrors
package import Time

/// One line of an rsync listing: what `lstat` said of an entry on the server.
package struct RsyncEntry: Hashable, Sendable {
    /// The path below the listed folder; that folder itself is the empty path.
    package var path: TreePath
    package var kind: EntryKind
    /// The length; of a symlink, that of its text.
    package var byteCount: UInt64
    package var modified: Timestamp
    /// The text of a symlink; nil for everything else.
    package var target: TreePath?
    /// Whether others than its owner and group may read the file, or enter the directory.
    ///
    /// Servers list what they may not send.
    package var isOpenToOthers: Bool

    package init(
        path: TreePath,
        kind: EntryKind,
        byteCount: UInt64,
        modified: Timestamp,
        target: TreePath? = nil,
        isOpenToOthers: Bool = true
    ) {
        self.path = path
        self.kind = kind
        self.byteCount = byteCount
        self.modified = modified
        self.target = target
        self.isOpenToOthers = isOpenToOthers
    }
}
