package import Catalogs
import Mirrors
package import Time

/// What a server's own listing of a folder says of the files that are expected there.
///
/// A listing condemns nothing: servers hide names, cut listings, and write them from a cache. What
/// it lacks has to be asked for by name.
package struct FolderListing: Hashable, Sendable {
    /// A name that the catalog expects in the folder, as it was listed.
    package struct Entry: Hashable, Sendable {
        package var id: FileID
        package var isDirectory: Bool
        /// The length; nil where the page does not tell it to the byte.
        package var byteCount: UInt64?
        /// When the file was last modified, to the minute; nil where the page does not tell, or not
        /// in UTC.
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

    /// Each at most once, in no order.
    package var entries: [Entry]
    /// Everything that was listed, unexpected names included.
    package var listedCount: Int
    /// Whether the listing has an end and nothing of it was passed over.
    package var isWhole: Bool

    package init(entries: [Entry] = [], listedCount: Int = 0, isWhole: Bool = true) {
        self.entries = entries
        self.listedCount = listedCount
        self.isWhole = isWhole
    }
}
