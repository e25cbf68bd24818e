import RegionMapFormat

/// Makes file details, file by file.
///
/// Equal digests are stored once: links and paths through links share those of their file. In memory
/// are 40 bytes a file besides its path and the digests.
package struct FileDetailsWriter {
    private struct Entry {
        let path: Range<Int>
        let byteCount: UInt64
        let modified: Int64
        let digests: UInt64
    }

    private let catalogGeneration: UInt32
    private var entries: [Entry] = []
    private var paths: [UInt8] = []
    private var digests: [UInt8] = []
    private var offsets: [[UInt8]: UInt64] = [:]

    package init(catalogGeneration: UInt32) {
        self.catalogGeneration = catalogGeneration
    }

    /// Adds a file that has not been added before.
    ///
    /// Digests of another length than their algorithm's are left out.
    package mutating func add(
        path: some Collection<UInt8>,
        byteCount: UInt64,
        modified: Int64,
        digests: [DigestAlgorithm: [UInt8]] = [:]
    ) {
        let start = paths.count
        paths += path
        entries.append(
            Entry(
                path: start..<paths.count,
                byteCount: byteCount,
                modified: modified,
                digests: offset(of: digests)
            )
        )
    }

    /// Where the record of `digests` is; the largest number for none.
    private mutating func offset(of digests: [DigestAlgorithm: [UInt8]]) -> UInt64 {
        var record: [UInt8] = [0]
        for algorithm in DigestAlgorithm.allCases {
            guard let digest = digests[algorithm], digest.count == algorithm.byteCount else {
                continue
            }
            record[0] |= algorithm.rawValue
            record += digest
        }
        guard record[0] != 0 else { return .max }
        if let known = offsets[record] { return known }
        let offset = UInt64(self.digests.count)
        self.digests += record
        offsets[record] = offset
        return offset
    }

    /// The details as bytes.
    package func finished() throws(FileDetailsError) -> [UInt8] {
        // Two of 10 million paths meet in 64 bits about once in 370,000 catalogs.
        for seed in 0..<4 as Range<UInt64> {
            if let bytes = bytes(seed: seed) { return bytes }
        }
        throw .duplicatePath
    }

    /// Nil when two paths have one hash.
    private func bytes(seed: UInt64) -> [UInt8]? {
        let hashes = entries.map { entry in
            unsafe PathHash.hash(paths.span.bytes.extracting(entry.path), seed: seed)
        }
        let order = entries.indices.sorted { hashes[$0] < hashes[$1] }
        for (left, right) in zip(order, order.dropFirst()) where hashes[left] == hashes[right] {
            return nil
        }
        var body: [UInt8] = []
        body.reserveCapacity(
            entries.count * (8 + FileDetailsHeader.recordByteCount) + digests.count
        )
        for index in order { body.append(littleEndian: hashes[index]) }
        for index in order {
            body.append(littleEndian: entries[index].byteCount)
            body.append(littleEndian: entries[index].modified)
            body.append(littleEndian: entries[index].digests)
        }
        body += digests
        return header(seed: seed, body: body) + body
    }

    private func header(seed: UInt64, body: [UInt8]) -> [UInt8] {
        var header: [UInt8] = []
        header.append(littleEndian: FileDetailsHeader.magic)
        header.append(littleEndian: FileDetailsHeader.newestVersion)
        header.append(littleEndian: UInt16(FileDetailsHeader.byteCount))
        header.append(littleEndian: catalogGeneration)
        header.append(littleEndian: UInt32(truncatingIfNeeded: entries.count))
        header.append(littleEndian: seed)
        header.append(littleEndian: UInt64(digests.count))
        header += [UInt8](repeating: 0, count: 24)
        header.append(littleEndian: Self.checksum(of: body))
        header.append(littleEndian: Self.checksum(of: header))
        return header
    }

    private static func checksum(of bytes: [UInt8]) -> UInt32 {
        var checksum = CRC32()
        unsafe checksum.update(bytes.span.bytes)
        return checksum.value
    }
}

extension [UInt8] {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        for byte in 0..<value.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: value >> (8 * byte)))
        }
    }
}
