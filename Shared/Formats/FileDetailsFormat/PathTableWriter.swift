import RegionMapFormat

/// The bytes of a table being written: space for the header, then appended content.
struct PathTableWriter {
    /// The seeds that a table may use.
    ///
    /// Two of 10 million paths have the same 64-bit hash in about one of 370,000 catalogs, and with
    /// both seeds only if they are the same path.
    static let hashSeeds: [UInt64] = [0, 1]

    private var bytes: [UInt8] = []

    /// With `bodyByteCount`, the number of bytes after the header, memory is allocated once.
    init(bodyByteCount: Int) {
        bytes.reserveCapacity(PathTableHeader.byteCount + bodyByteCount)
        bytes.append(contentsOf: repeatElement(0, count: PathTableHeader.byteCount))
    }

    mutating func append(_ value: some FixedWidthInteger) {
        bytes.append(littleEndian: value)
    }

    mutating func append(contentsOf more: [UInt8]) {
        bytes += more
    }

    /// The whole table with its header; `sizes` are the eight bytes that differ between tables.
    consuming func finished(
        _ table: PathTable,
        of catalogGeneration: UInt32,
        count: Int,
        seed: UInt64,
        sizes: UInt64
    ) -> [UInt8] {
        var checksum = CRC32()
        unsafe checksum.update(
            bytes.span.bytes.extracting(PathTableHeader.byteCount..<bytes.count)
        )
        var header: [UInt8] = []
        header.append(littleEndian: table.magic)
        header.append(littleEndian: PathTableHeader.newestVersion)
        header.append(littleEndian: UInt16(PathTableHeader.byteCount))
        header.append(littleEndian: catalogGeneration)
        header.append(littleEndian: UInt32(truncatingIfNeeded: count))
        header.append(littleEndian: seed)
        header.append(littleEndian: sizes)
        header += [UInt8](repeating: 0, count: 24)
        header.append(littleEndian: checksum.value)
        var headerChecksum = CRC32()
        unsafe headerChecksum.update(header.span.bytes)
        header.append(littleEndian: headerChecksum.value)
        bytes.replaceSubrange(..<header.count, with: header)
        return bytes
    }
}

extension [UInt8] {
    mutating func append(littleEndian value: some FixedWidthInteger) {
        for byte in 0..<value.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: value >> (8 * byte)))
        }
    }
}
