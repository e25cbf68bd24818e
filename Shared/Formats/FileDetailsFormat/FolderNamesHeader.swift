/// The first 64 bytes of folder names, validated.
package struct FolderNamesHeader: Sendable {
    static let recordByteCount = 8

    let paths: PathTableHeader
    /// The number of names in all folders.
    package let nameCount: Int
    let nameByteCount: Int

    package var catalogGeneration: UInt32 { paths.catalogGeneration }
    package var folderCount: Int { paths.count }
    var nameOffsetsOffset: Int { paths.recordsOffset + folderCount * Self.recordByteCount }
    var namesOffset: Int { nameOffsetsOffset + (nameCount + 1) * 4 }

    /// Reads the header; `bytes` must be exactly the names.
    package init(_ bytes: RawSpan) throws(PathTableError) {
        paths = try PathTableHeader(bytes, of: .folderNames)
        let nameCount = bytes.value(at: 24, as: UInt32.self) ?? .max
        let nameByteCount = bytes.value(at: 28, as: UInt32.self) ?? .max
        // At most 2^37, so nothing overflows.
        let total =
            UInt64(PathTableHeader.byteCount)
            + UInt64(paths.count) * UInt64(8 + Self.recordByteCount)
            + (UInt64(nameCount) + 1) * 4 + UInt64(nameByteCount)
        try paths.check(byteCount: bytes.byteCount, is: total)
        self.nameCount = Int(nameCount)
        self.nameByteCount = Int(nameByteCount)
    }
}
