import Compression

/// The CRC-32 of a blob's bytes in the form of S3's header: its four bytes, the highest first, in
/// Base64.
struct PayloadChecksum: Equatable {
    static let headerName = "x-amz-checksum-crc32"
    /// Asks for the checksum with the blob.
    static let modeHeaderName = "x-amz-checksum-mode"
    /// What the names of all headers about checksums begin with.
    static let prefix = "x-amz-checksum-"

    let text: String

    init(of bytes: [UInt8]) {
        let value = Zlib.crc32(bytes[...])
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        )
        // 32 bits are six digits of six bits, four zero bits after the last, and two signs of
        // padding.
        let digits = (0..<6).map { index in
            Character(Unicode.Scalar(alphabet[Int((UInt64(value) << 4) >> (30 - 6 * index)) & 63]))
        }
        text = String(digits) + "=="
    }

    /// Nil for anything but the checksum of a whole blob: that of one that was uploaded in parts
    /// has their number behind it.
    init?(text: String) {
        guard text.utf8.count == 8, text.hasSuffix("==") else { return nil }
        self.text = text
    }
}
