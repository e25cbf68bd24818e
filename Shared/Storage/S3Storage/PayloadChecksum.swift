import Compression

/// The CRC-32 of a blob's bytes as in S3's header: its four bytes, most significant first, in
/// Base64.
struct PayloadChecksum: Equatable {
    static let headerName = "x-amz-checksum-crc32"
    /// Requests the checksum together with the blob.
    static let modeHeaderName = "x-amz-checksum-mode"
    /// The prefix of all checksum headers.
    static let prefix = "x-amz-checksum-"

    let text: String

    init(of bytes: [UInt8]) {
        let value = Zlib.crc32(bytes[...])
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        )
        // 32 bits are six digits of six bits, including four zero bits at the end, and two padding
        // characters.
        let digits = (0..<6).map { index in
            Character(Unicode.Scalar(alphabet[Int((UInt64(value) << 4) >> (30 - 6 * index)) & 63]))
        }
        text = String(digits) + "=="
    }

    /// Nil unless it is the checksum of a whole blob: that of a multipart upload has the number of
    /// parts appended.
    init?(text: String) {
        guard text.utf8.count == 8, text.hasSuffix("==") else { return nil }
        self.text = text
    }
}
