package import Bytes
package import FileDetailsFormat

/// File details in memory or mapped from a file, for as long as somebody holds them.
package final class FileDetails: Sendable {
    /// The bytes, which `header` was read from.
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
