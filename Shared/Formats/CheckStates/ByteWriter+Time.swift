import BlobFormat
import Mirrors
import Time

// Times in this module's blobs: whole seconds since 1970 up to 2106, 0 for none.
extension ByteWriter {
    mutating func append(time: Timestamp?) {
        appendVarint(UInt64(UInt32(clamping: time?.secondsSinceEpoch ?? 0)))
    }
}

extension ByteReader {
    /// Nil for 0.
    mutating func readTime(
        of field: @autoclosure () -> String
    ) throws(BlobFormatError) -> Timestamp? {
        let seconds = try readVarint(of: field(), atMost: UInt64(UInt32.max))
        return seconds == 0 ? nil : Timestamp(secondsSinceEpoch: Int64(seconds))
    }
}
