package import Catalogs
import Mirrors
package import Time

/// What a server's listing of a folder says about the expected files in it.
///
/// A listing never condemns a file: servers hide names, truncate listings, and serve them from
/// caches. A file that it lacks has to be asked for by name.
package struct FolderListing: Hashable, Sendable {
    /// A listed name that the catalog expects in the folder.
    package struct Entry: Hashable, Sendable {
        package var id: FileID
        package var isDirectory: Bool
        /// The length; nil unless the page gives it exactly.
        package var byteCount: UInt64?
        /// The modification time to the minute; nil unless the page gives it in UTC.
        package var modified: Timestamp?

        package init(
            id: FileID,
            isDirectory: Bool,
            byteCount: UInt64? = nil,
            modified: Timestamp? = nil
        ) {
            self.id = id
            self.isDirectory = isDirectory
            self.byteCount = byteCount
            self.modified = modified
        }
    }

    /// Each name at most once, in no particular order.
    package var entries: [Entry]
    /// The number of listed names, including unexpected ones.
    package var listedCount: Int
    /// Whether the listing is complete and every part of it was understood.
    package var isWhole: Bool

    package init(entries: [Entry] = [], listedCount: Int = 0, isWhole: Bool = true) {
        self.entries = entries
        self.listedCount = listedCount
        self.isWhole = isWhole
    }
}
