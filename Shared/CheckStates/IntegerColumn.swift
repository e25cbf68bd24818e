import BlobFormat

/// One 32-bit integer per file, written so that few distinct values deflate to almost nothing.
///
/// The distinct values come first; then each file's value as its index among them, split into planes
/// of bytes: all low bytes, then all second bytes. A plane has a stable distribution of symbols, which is
/// what deflate's Huffman codes want, where interleaved bytes of different meaning dilute each other.
enum IntegerColumn {
    static func append(_ values: [UInt32], to writer: inout ByteWriter) {
        var indexes: [UInt32: UInt32] = [:]
        // Neighbours are mostly equal: one comparison then saves the hashing.
        var previous: UInt32?
        for value in values where value != previous {
            indexes[value] = 0
            previous = value
        }
        let distinct = indexes.keys.sorted()
        writer.appendVarint(UInt64(distinct.count))
        var next: UInt32 = 0
        for (index, value) in distinct.enumerated() {
            // Ascending, so the difference to the least value that may follow is small.
            writer.appendVarint(UInt64(value - next))
            next = value &+ 1
            indexes[value] = UInt32(index)
        }
        guard distinct.count > 1 else { return }

        var planes = Array(
            repeating: [UInt8](repeating: 0, count: values.count),
            count: planeCount(distinctCount: distinct.count)
        )
        var current: (value: UInt32, index: UInt32)?
        for (position, value) in values.enumerated() {
            if current?.value != value { current = (value, indexes[value] ?? 0) }
            var rest = current?.index ?? 0
            for plane in planes.indices where rest > 0 {
                planes[plane][position] = UInt8(truncatingIfNeeded: rest)
                rest >>= 8
            }
        }
        for plane in planes { writer.append(plane) }
    }

    /// Reads `count` values.
    ///
    /// Throws for a value above `limit`, and where the bytes are not what ``append(_:to:)`` writes.
    static func read(
        _ count: Int,
        _ name: String,
        atMost limit: UInt32 = .max,
        from reader: inout ByteReader
    ) throws(BlobFormatError) -> [UInt32] {
        let distinctCount = Int(
            try reader.readVarint(of: "\(name): distinct values", atMost: UInt64(count))
        )
        guard (distinctCount == 0) == (count == 0) else {
            throw .valueOutOfRange(field: "\(name): distinct values", value: "\(distinctCount)")
        }
        var distinct: [UInt32] = []
        var next: UInt64 = 0
        for _ in 0..<distinctCount {
            let value = next + (try reader.readVarint(of: name, atMost: UInt64(UInt32.max)))
            guard value <= UInt64(limit) else {
                throw .valueOutOfRange(field: name, value: "\(value)")
            }
            distinct.append(UInt32(value))
            next = value + 1
        }
        var values = Array(repeating: distinct.first ?? 0, count: count)
        guard distinctCount > 1 else { return values }
        for plane in 0..<planeCount(distinctCount: distinctCount) {
            let shift = UInt32(8 * plane)
            var position = 0
            for byte in try reader.readBytes(count) {
                values[position] = (plane == 0 ? 0 : values[position]) | UInt32(byte) << shift
                position += 1
            }
        }
        for position in values.indices {
            let index = Int(values[position])
            guard index < distinctCount else {
                throw .valueOutOfRange(field: "\(name): index", value: "\(index)")
            }
            values[position] = distinct[index]
        }
        return values
    }

    /// The bytes that an index below `distinctCount` needs.
    private static func planeCount(distinctCount: Int) -> Int {
        var count = 0
        var rest = distinctCount - 1
        while rest > 0 {
            count += 1
            rest >>= 8
        }
        return count
    }
}
