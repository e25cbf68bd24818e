import RegionMapFormat

/// The first 64 bytes of folder names, checked.
package struct FolderNamesHeader: Sendable {
    package static let byteCount = 64
    package static let newestVersion: UInt16 = 1
    static let magic: UInt32 = 0x4D41_4E46
    static let recordByteCount = 8

    package let catalogGeneration: UInt32
    package let folderCount: Int
    /// How many names there are in all folders.
    package let nameCount: Int
    let hashSeed: UInt64
    let nameByteCount: Int
    let bodyChecksum: UInt32

    /// Where the hashes end and the records begin.
    var recordsOffset: Int { Self.byteCount + folderCount * 8 }
    var nameOffsetsOffset: Int { recordsOffset + folderCount * Self.recordByteCount }
    var namesOffset: Int { nameOffsetsOffset + (nameCount + 1) * 4 }

    /// Reads the header; `bytes` must begin and end with the names.
    package init(_ bytes: RawSpan) throws(FolderNamesError) {
        guard let magic = bytes.value(at: 0, as: UInt32.self), magic == Self.magic else {
            throw .wrongMagic
        }
        guard bytes.byteCount >= Self.byteCount, let version = bytes.value(at: 4, as: UInt16.self),
            let generation = bytes.value(at: 8, as: UInt32.self),
            let folderCount = bytes.value(at: 12, as: UInt32.self),
            let seed = bytes.value(at: 16, as: UInt64.self),
            let nameCount = bytes.value(at: 24, as: UInt32.self),
            let nameByteCount = bytes.value(at: 28, as: UInt32.self),
            let bodyChecksum = bytes.value(at: 56, as: UInt32.self),
            let headerChecksum = bytes.value(at: 60, as: UInt32.self)
        else {
            throw .wrongByteCount(expected: UInt64(Self.byteCount), actual: bytes.byteCount)
        }
        var checksum = CRC32()
        checksum.update(bytes.extracting(0..<60))
        guard checksum.value == headerChecksum else {
            throw .headerChecksumMismatch(expected: headerChecksum, actual: checksum.value)
        }
        guard version == Self.newestVersion else {
            throw .unsupportedVersion(version, newestSupported: Self.newestVersion)
        }
        // At most 2^37: none of it overflows.
        let total =
            UInt64(Self.byteCount) + UInt64(folderCount) * UInt64(8 + Self.recordByteCount)
            + (UInt64(nameCount) + 1) * 4 + UInt64(nameByteCount)
        guard total == UInt64(bytes.byteCount) else {
            throw .wrongByteCount(expected: total, actual: bytes.byteCount)
        }
        catalogGeneration = generation
        self.folderCount = Int(folderCount)
        self.nameCount = Int(nameCount)
        hashSeed = seed
        self.nameByteCount = Int(nameByteCount)
        self.bodyChecksum = bodyChecksum
    }
}
