import RegionMapFormat

/// The two tables of a catalog generation that are indexed by path.
package enum PathTable: Sendable {
    case fileDetails
    case folderNames

    var magic: UInt32 {
        switch self {
        case .fileDetails: 0x4C54_4446
        case .folderNames: 0x4D41_4E46
        }
    }
    var magicText: String {
        switch self {
        case .fileDetails: "FDTL"
        case .folderNames: "FNAM"
        }
    }
    var name: String {
        switch self {
        case .fileDetails: "file details"
        case .folderNames: "folder names"
        }
    }
}

/// The 64-byte header at the beginning of both tables.
///
/// It is followed by the hashes of the paths in ascending order, and then by a record for each.
struct PathTableHeader: Sendable {
    static let byteCount = 64
    static let newestVersion: UInt16 = 1

    let table: PathTable
    let catalogGeneration: UInt32
    /// The number of paths.
    let count: Int
    let hashSeed: UInt64
    let bodyChecksum: UInt32

    /// The end of the hashes, where the records begin.
    var recordsOffset: Int { Self.byteCount + count * 8 }

    /// Reads the header of `table`, except for the byte counts from offset 24 on, which the table
    /// checks.
    init(_ bytes: RawSpan, of table: PathTable) throws(PathTableError) {
        guard let magic = bytes.value(at: 0, as: UInt32.self), magic == table.magic else {
            throw PathTableError(table, .wrongMagic)
        }
        guard bytes.byteCount >= Self.byteCount, let version = bytes.value(at: 4, as: UInt16.self),
            let generation = bytes.value(at: 8, as: UInt32.self),
            let count = bytes.value(at: 12, as: UInt32.self),
            let seed = bytes.value(at: 16, as: UInt64.self),
            let bodyChecksum = bytes.value(at: 56, as: UInt32.self),
            let headerChecksum = bytes.value(at: 60, as: UInt32.self)
        else {
            let expected = UInt64(Self.byteCount)
            throw PathTableError(
                table,
                .wrongByteCount(expected: expected, actual: bytes.byteCount)
            )
        }
        var checksum = CRC32()
        checksum.update(bytes.extracting(0..<60))
        guard checksum.value == headerChecksum else {
            throw PathTableError(
                table,
                .headerChecksumMismatch(expected: headerChecksum, actual: checksum.value)
            )
        }
        guard version == Self.newestVersion else {
            throw PathTableError(
                table,
                .unsupportedVersion(version, newestSupported: Self.newestVersion)
            )
        }
        self.table = table
        catalogGeneration = generation
        self.count = Int(count)
        hashSeed = seed
        self.bodyChecksum = bodyChecksum
    }

    /// Throws unless the whole table has `total` bytes; nil means more than can be represented.
    func check(byteCount: Int, is total: UInt64?) throws(PathTableError) {
        guard let total, total == UInt64(byteCount) else {
            throw PathTableError(
                table,
                .wrongByteCount(expected: total ?? .max, actual: byteCount)
            )
        }
    }

    /// Verifies the checksum of everything after the header.
    func verifyBody(of bytes: RawSpan) throws(PathTableError) {
        try check(atLeastHeaderIn: bytes)
        var checksum = CRC32()
        checksum.update(bytes.extracting(Self.byteCount..<bytes.byteCount))
        guard checksum.value == bodyChecksum else {
            throw PathTableError(
                table,
                .bodyChecksumMismatch(expected: bodyChecksum, actual: checksum.value)
            )
        }
    }

    private func check(atLeastHeaderIn bytes: RawSpan) throws(PathTableError) {
        guard bytes.byteCount < Self.byteCount else { return }
        try check(byteCount: bytes.byteCount, is: UInt64(Self.byteCount))
    }

    /// The position of `path` among the hashes, by binary search; nil if it is missing.
    func position(of path: RawSpan, in bytes: RawSpan) -> Int? {
        let hash = PathHash.hash(path, seed: hashSeed)
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            guard let stored = self.hash(at: middle, in: bytes) else { return nil }
            if stored < hash {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < count && self.hash(at: low, in: bytes) == hash ? low : nil
    }

    private func hash(at index: Int, in bytes: RawSpan) -> UInt64? {
        bytes.value(at: Self.byteCount + index * 8, as: UInt64.self)
    }
}

extension RawSpan {
    /// The little-endian integer at `offset`, or nil if it is not completely inside these bytes.
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
