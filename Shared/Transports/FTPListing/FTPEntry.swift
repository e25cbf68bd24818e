package import Mirrors
package import Time

/// One line of an FTP server's listing of a directory.
package struct FTPEntry: Hashable, Sendable {
    /// The name in the directory.
    package var name: [UInt8]
    package var kind: EntryKind
    /// The length; of a symlink that of its text, and nil where the server does not tell.
    package var byteCount: UInt64?
    /// Nil where the server does not tell, or not to the second and not in UTC.
    package var modified: Timestamp?
    /// The target of a symlink, if the listing has it.
    package var target: TreePath?
    /// Whether others than its owner and group may read the file, or enter the directory, as far as
    /// the server tells.
    package var isOpenToOthers: Bool

    package init(
        name: [UInt8],
        kind: EntryKind,
        byteCount: UInt64? = nil,
        modified: Timestamp? = nil,
        target: TreePath? = nil,
        isOpenToOthers: Bool = true
    ) {
        self.name = name
        self.kind = kind
        self.byteCount = byteCount
        self.modified = modified
        self.target = target
        self.isOpenToOthers = isOpenToOthers
    }
}
