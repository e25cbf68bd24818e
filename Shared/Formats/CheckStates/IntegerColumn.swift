import BlobFormat

/// How a ``CompactColumn`` is written, so that few distinct values deflate to almost nothing.
///
/// The distinct values come first; then each file's value as its index among them, split into byte
/// planes: all low bytes, then all second bytes. A plane has a stable distribution of symbols, as
/// deflate's Huffman codes need, while interleaved bytes of different meaning would dilute each
/// other.
enum IntegerColumn {
    /// Appends the distinct values, which ascend.
    static func append(distinct: [UInt64], to writer: inout ByteWriter) {
        writer.appendVarint(UInt64(distinct.count))
        var next: UInt64 = 0
        for value in distinct {
            // In ascending order, so the difference to the smallest possible next value is small.
            writer.appendVarint(value - next)
            next = value &+ 1
        }
    }

    /// Reads the distinct values of a column of `count`.
    ///
    /// Throws for a value that is not valid.
    static func readDistinct(
        _ count: Int,
        _ name: String,
        from reader: inout ByteReader,
        where isValid: (UInt64) -> Bool
    ) throws(BlobFormatError) -> [UInt64] {
        let distinctCount = Int(
            try reader.readVarint(of: "\(name): distinct values", atMost: UInt64(count))
        )
        guard (distinctCount == 0) == (count == 0) else {
            throw .valueOutOfRange(field: "\(name): distinct values", value: "\(distinctCount)")
        }
        var distinct: [UInt64] = []
        var next: UInt64 = 0
        for _ in 0..<distinctCount {
            let value = next + (try reader.readVarint(of: name, atMost: UInt64(UInt32.max)))
            guard isValid(value) else {
                throw .valueOutOfRange(field: name, value: "\(value)")
            }
            distinct.append(value)
            next = value + 1
        }
        return distinct
    }

    /// The number of bytes for an index below `distinctCount`.
    static func planeCount(distinctCount: Int) -> Int {
        var count = 0
        var rest = distinctCount - 1
        while rest > 0 {
            count += 1
            rest >>= 8
        }
        return count
    }
}
