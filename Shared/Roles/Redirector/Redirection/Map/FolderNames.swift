package import Bytes
package import FileDetailsFormat

/// The names in each folder, in memory or mapped from a file, valid as long as a reference exists.
package final class FolderNames: Sendable {
    /// The bytes from which `header` was read.
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
