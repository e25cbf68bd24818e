package import Bytes
package import FileDetailsFormat

/// The names in each folder, in memory or mapped from a file, for as long as somebody holds them.
package final class FolderNames: Sendable {
    /// The bytes, which `header` was read from.
    package let blob: StableBytes
    package let header: FolderNamesHeader

    /// Opens folder names and checks all of their bytes.
    package init(_ blob: StableBytes) throws(PathTableError) {
        let view = try FolderNamesView(blob.bytes)
        try view.verifyChecksum()
        header = view.header
        self.blob = blob
    }
}
