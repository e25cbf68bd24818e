/// The 64-bit hashes of the paths in sorted order, and a byte of code for each.
struct SortedHashes: PathFunction {
    private let hashes: [UInt64]
    private let codes: [UInt8]

    var byteCount: Int { hashes.count * 9 }

    init(_ paths: some Sequence<[UInt8]>, _ codes: [UInt32]) {
        let entries = zip(paths.lazy.map { unsafe hash(of: $0.span.bytes) }, codes)
            .sorted { $0.0 < $1.0 }
        hashes = entries.map(\.0)
        self.codes = entries.map { UInt8(truncatingIfNeeded: $0.1) }
    }

    func code(of path: RawSpan) -> UInt32? {
        let hash = hash(of: path)
        var (low, high) = (0, hashes.count)
        while low < high {
            let middle = (low + high) / 2
            if hashes[middle] < hash { low = middle + 1 } else { high = middle }
        }
        return low < hashes.count && hashes[low] == hash ? UInt32(codes[low]) : nil
    }
}

/// The paths in sorted order, in blocks of 16: except for the first of each block, only the
/// difference from the previous path is stored (Witten, Moffat and Bell, "Managing Gigabytes",
/// 1999, 4.1).
///
/// It knows paths exactly, and can list them.
struct FrontCodedPaths: PathFunction {
    private static let blockLength = 16
    private var bytes: [UInt8] = []
    /// The beginning of each block.
    private var blocks: [UInt32] = []

    var byteCount: Int { bytes.count + blocks.count * 4 }

    init(_ paths: some Sequence<[UInt8]>, _ codes: [UInt32]) {
        let entries = zip(paths, codes).sorted { $0.0.lexicographicallyPrecedes($1.0) }
        var previous: [UInt8] = []
        for (index, entry) in entries.enumerated() {
            var shared = 0
            if index % Self.blockLength == 0 {
                blocks.append(UInt32(bytes.count))
            } else {
                let limit = min(255, previous.count, entry.0.count)
                while shared < limit, previous[shared] == entry.0[shared] { shared += 1 }
            }
            // Paths of the tree are shorter than 256 bytes, and codes fit into one byte.
            bytes.append(UInt8(shared))
            bytes.append(UInt8(entry.0.count - shared))
            bytes.append(UInt8(entry.1))
            bytes += entry.0[shared...]
            previous = entry.0
        }
    }

    func code(of path: RawSpan) -> UInt32? {
        unsafe path.withUnsafeBytes { path in
            unsafe bytes.withUnsafeBytes { unsafe code(of: path, in: $0) }
        }
    }

    private func code(
        of path: UnsafeRawBufferPointer,
        in bytes: UnsafeRawBufferPointer
    ) -> UInt32? {
        // The last block whose first path does not sort after the given one.
        var (low, high) = (0, blocks.count)
        while low < high {
            let middle = (low + high) / 2
            let start = Int(blocks[middle])
            let length = Int(unsafe bytes[start + 1])
            let order = unsafe Self.compare(
                UnsafeRawBufferPointer(rebasing: bytes[(start + 3)..<(start + 3 + length)]),
                path
            )
            if order <= 0 { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        var offset = Int(blocks[low - 1])
        let end = low < blocks.count ? Int(blocks[low]) : bytes.count
        // The number of leading bytes that the path shares with the previous entry.
        var matched = 0
        while offset < end {
            let shared = Int(unsafe bytes[offset])
            let length = Int(unsafe bytes[offset + 1])
            // It shares less with the previous entry than that shares with the path, so all others
            // sort after the path.
            if shared < matched { return nil }
            if shared == matched {
                var index = 0
                while index < length, matched < path.count,
                    unsafe bytes[offset + 3 + index] == path[matched]
                {
                    index += 1
                    matched += 1
                }
                if index == length, matched == path.count {
                    return UInt32(unsafe bytes[offset + 2])
                }
            }
            offset += 3 + length
        }
        return nil
    }

    private static func compare(
        _ left: UnsafeRawBufferPointer,
        _ right: UnsafeRawBufferPointer
    ) -> Int {
        let count = min(left.count, right.count)
        for index in 0..<count where unsafe left[index] != right[index] {
            return unsafe left[index] < right[index] ? -1 : 1
        }
        return left.count - right.count
    }
}
