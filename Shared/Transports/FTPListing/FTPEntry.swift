package import Mirrors
package import Time

/// An entry of an FTP server's directory listing.
package struct FTPEntry: Hashable, Sendable {
    /// The name in the directory.
    package var name: [UInt8]
    package var kind: EntryKind
    /// The length; for a symlink that of its target, nil if the server does not give it.
    package var byteCount: UInt64?
    /// Nil unless the server gives it to the second and in UTC.
    package var modified: Timestamp?
    /// The target of a symlink, if the listing has it.
    package var target: TreePath?
    /// Whether others may read the file or enter the directory, as far as the server tells.
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
