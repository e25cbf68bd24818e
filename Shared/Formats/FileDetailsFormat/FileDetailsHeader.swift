/// The first 64 bytes of file details, validated.
package struct FileDetailsHeader: Sendable {
    static let recordByteCount = 24
    /// The bit of a digest record that says that the time of a removal follows.
    static let removalMask: UInt8 = 8

    let paths: PathTableHeader
    let digestByteCount: Int

    package var catalogGeneration: UInt32 { paths.catalogGeneration }
    /// The number of files with details.
    package var fileCount: Int { paths.count }
    var digestsOffset: Int { paths.recordsOffset + fileCount * Self.recordByteCount }

    /// Reads the header; `bytes` must be exactly the details.
    package init(_ bytes: RawSpan) throws(PathTableError) {
        paths = try PathTableHeader(bytes, of: .fileDetails)
        let digestByteCount = bytes.value(at: 24, as: UInt64.self) ?? .max
        let fixed =
            UInt64(PathTableHeader.byteCount)
            + UInt64(paths.count) * UInt64(8 + Self.recordByteCount)
        let (total, overflow) = fixed.addingReportingOverflow(digestByteCount)
        try paths.check(byteCount: bytes.byteCount, is: overflow ? nil : total)
        self.digestByteCount = Int(digestByteCount)
    }
}
