import RegionMapFormat

/// Writes file details, file by file.
///
/// A path is kept as two 64-bit hashes, and equal digests are stored once: links and paths through
/// links share those of their file. It uses 40 bytes of memory a file, besides the digests.
package struct FileDetailsWriter {
    private struct Entry {
        let firstHash: UInt64
        let secondHash: UInt64
        let byteCount: UInt64
        let modified: Int64
        let digests: UInt64
    }

    private let catalogGeneration: UInt32
    private var entries: [Entry] = []
    private var digests: [UInt8] = []
    private var offsets: [[UInt8]: UInt64] = [:]

    /// With `expectedFileCount`, memory is allocated once instead of being doubled repeatedly.
    package init(catalogGeneration: UInt32, expectedFileCount: Int = 0) {
        self.catalogGeneration = catalogGeneration
        entries.reserveCapacity(expectedFileCount)
    }

    /// Adds a file that was not added before.
    ///
    /// Digests of the wrong length are dropped. `removedAt` is when the master removed the file, in
    /// seconds since 1970.
    package mutating func add(
        path: some Collection<UInt8>,
        byteCount: UInt64,
        modified: Int64,
        digests: [DigestAlgorithm: [UInt8]] = [:],
        removedAt: Int64? = nil
    ) {
        let hashes =
            path.withContiguousStorageIfAvailable { bytes in
                unsafe Self.hashes(of: UnsafeRawBufferPointer(bytes).bytes)
            } ?? (unsafe Self.hashes(of: Array(path).span.bytes))
        entries.append(
            Entry(
                firstHash: hashes.first,
                secondHash: hashes.second,
                byteCount: byteCount,
                modified: modified,
                digests: offset(of: digests, removedAt)
            )
        )
    }

    private static func hashes(of path: RawSpan) -> (first: UInt64, second: UInt64) {
        (
            PathHash.hash(path, seed: PathTableWriter.hashSeeds[0]),
            PathHash.hash(path, seed: PathTableWriter.hashSeeds[1])
        )
    }

    /// The offset of the record of `digests`; the maximum number for none.
    private mutating func offset(
        of digests: [DigestAlgorithm: [UInt8]],
        _ removedAt: Int64?
    ) -> UInt64 {
        var record: [UInt8] = [0]
        for algorithm in DigestAlgorithm.allCases {
            guard let digest = digests[algorithm], digest.count == algorithm.byteCount else {
                continue
            }
            record[0] |= algorithm.rawValue
            record += digest
        }
        if let removedAt {
            record[0] |= FileDetailsHeader.removalMask
            record.append(littleEndian: removedAt)
        }
        guard record[0] != 0 else { return .max }
        if let known = offsets[record] { return known }
        let offset = UInt64(self.digests.count)
        self.digests += record
        offsets[record] = offset
        return offset
    }

    /// The encoded details.
    package func finished() throws(PathTableError) -> [UInt8] {
        let seeds = PathTableWriter.hashSeeds
        if let bytes = bytes(seed: seeds[0], entries.map(\.firstHash)) { return bytes }
        if let bytes = bytes(seed: seeds[1], entries.map(\.secondHash)) { return bytes }
        throw PathTableError(.fileDetails, .duplicatePath)
    }

    /// Nil if two paths have the same hash.
    private func bytes(seed: UInt64, _ hashes: [UInt64]) -> [UInt8]? {
        let order = (0..<UInt32(truncatingIfNeeded: hashes.count)).sorted {
            hashes[Int($0)] < hashes[Int($1)]
        }
        for (left, right) in zip(order, order.dropFirst())
        where hashes[Int(left)] == hashes[Int(right)] {
            return nil
        }
        var table = PathTableWriter(
            bodyByteCount: entries.count * (8 + FileDetailsHeader.recordByteCount) + digests.count
        )
        for index in order { table.append(hashes[Int(index)]) }
        for index in order {
            table.append(entries[Int(index)].byteCount)
            table.append(entries[Int(index)].modified)
            table.append(entries[Int(index)].digests)
        }
        table.append(contentsOf: digests)
        return table.finished(
            .fileDetails,
            of: catalogGeneration,
            count: entries.count,
            seed: seed,
            sizes: UInt64(digests.count)
        )
    }
}
