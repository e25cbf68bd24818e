package import Bytes
package import FileDetailsFormat

/// File details in memory or mapped from a file, valid as long as a reference exists.
package final class FileDetails: Sendable {
    /// The bytes from which `header` was read.
    package let blob: StableBytes
    package let header: FileDetailsHeader

    /// Opens details and checks all of their bytes.
    package init(_ blob: StableBytes) throws(PathTableError) {
        let view = try FileDetailsView(blob.bytes)
        try view.verifyChecksum()
        header = view.header
        self.blob = blob
    }
}
