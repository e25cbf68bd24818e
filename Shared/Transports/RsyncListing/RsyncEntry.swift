package import Mirrors
package import Time

/// An entry of an rsync listing: the result of `lstat` on the server.
package struct RsyncEntry: Hashable, Sendable {
    /// The path relative to the listed folder, which is itself the empty path.
    package var path: TreePath
    package var kind: EntryKind
    /// The length; for a symlink, that of its target.
    package var byteCount: UInt64
    package var modified: Timestamp
    /// The target of a symlink; nil for anything else.
    package var target: TreePath?
    /// Whether others may read the file or enter the directory.
    ///
    /// Servers list even what they may not send.
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
