import RegionMapFormat

/// The first 64 bytes of file details, checked.
package struct FileDetailsHeader: Sendable {
    package static let byteCount = 64
    package static let newestVersion: UInt16 = 1
    static let magic: UInt32 = 0x4C54_4446
    static let recordByteCount = 24
    /// The bit of a record of digests that says that the time of a removal follows them.
    static let removalMask: UInt8 = 8

    package let catalogGeneration: UInt32
    /// How many files have details.
    package let fileCount: Int
    let hashSeed: UInt64
    let digestByteCount: Int
    let bodyChecksum: UInt32

    /// Where the hashes end and the records begin.
    var recordsOffset: Int { Self.byteCount + fileCount * 8 }
    var digestsOffset: Int { recordsOffset + fileCount * Self.recordByteCount }

    /// Reads the header; `bytes` must begin and end with the details.
    package init(_ bytes: RawSpan) throws(FileDetailsError) {
        guard let magic = bytes.value(at: 0, as: UInt32.self), magic == Self.magic else {
            throw .wrongMagic
        }
        guard bytes.byteCount >= Self.byteCount, let version = bytes.value(at: 4, as: UInt16.self),
            let generation = bytes.value(at: 8, as: UInt32.self),
            let count = bytes.value(at: 12, as: UInt32.self),
            let seed = bytes.value(at: 16, as: UInt64.self),
            let digestByteCount = bytes.value(at: 24, as: UInt64.self),
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
        let fixed = UInt64(Self.byteCount) + UInt64(count) * UInt64(8 + Self.recordByteCount)
        let (total, overflow) = fixed.addingReportingOverflow(digestByteCount)
        guard !overflow, total == UInt64(bytes.byteCount) else {
            throw .wrongByteCount(expected: overflow ? .max : total, actual: bytes.byteCount)
        }
        catalogGeneration = generation
        fileCount = Int(count)
        hashSeed = seed
        self.digestByteCount = Int(digestByteCount)
        self.bodyChecksum = bodyChecksum
    }
}

extension RawSpan {
    /// The little-endian integer at `offset`, or nil when it is not wholly inside of these bytes.
    @inline(__always)
    func value<Integer: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int,
        as type: Integer.Type
    ) -> Integer? {
        guard offset >= 0, offset <= byteCount - MemoryLayout<Integer>.size else { return nil }
        let stored = unsafe unsafeLoadUnaligned(fromByteOffset: offset, as: Integer.self)
        return Integer(littleEndian: stored)
    }
}
