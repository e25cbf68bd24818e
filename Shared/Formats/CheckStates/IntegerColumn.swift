import BlobFormat

/// One integer of up to 32 bits per file, encoded so that few distinct values compress to almost
/// nothing.
///
/// The distinct values come first; then each file's value as its index among them, split into byte
/// planes: all low bytes, then all second bytes. A plane has a stable distribution of symbols, as
/// deflate's Huffman codes need, while interleaved bytes of different meaning would dilute each
/// other.
enum IntegerColumn {
    static func append<Value: FixedWidthInteger & UnsignedInteger>(
        _ values: [Value],
        to writer: inout ByteWriter
    ) {
        var indexes: [Value: UInt32] = [:]
        // Neighbours are usually equal: one comparison then saves hashing.
        var previous: Value?
        for value in values where value != previous {
            indexes[value] = 0
            previous = value
        }
        let distinct = indexes.keys.sorted()
        writer.appendVarint(UInt64(distinct.count))
        var next: Value = 0
        for (index, value) in distinct.enumerated() {
            // In ascending order, so the difference to the smallest possible next value is small.
            writer.appendVarint(UInt64(value - next))
            next = value &+ 1
            indexes[value] = UInt32(index)
        }
        guard distinct.count > 1 else { return }

        var planes = Array(
            repeating: [UInt8](repeating: 0, count: values.count),
            count: planeCount(distinctCount: distinct.count)
        )
        var current: (value: Value, index: UInt32)?
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
    /// Throws for an invalid value, and if the bytes are not in the form written by
    /// ``append(_:to:)``.
    static func read<Value: FixedWidthInteger & UnsignedInteger>(
        _ count: Int,
        _ name: String,
        from reader: inout ByteReader,
        where isValid: (Value) -> Bool = { _ in true }
    ) throws(BlobFormatError) -> [Value] {
        let distinctCount = Int(
            try reader.readVarint(of: "\(name): distinct values", atMost: UInt64(count))
        )
        guard (distinctCount == 0) == (count == 0) else {
            throw .valueOutOfRange(field: "\(name): distinct values", value: "\(distinctCount)")
        }
        var distinct: [Value] = []
        var next: UInt64 = 0
        for _ in 0..<distinctCount {
            let value = next + (try reader.readVarint(of: name, atMost: UInt64(UInt32.max)))
            guard let valid = Value(exactly: value), isValid(valid) else {
                throw .valueOutOfRange(field: name, value: "\(value)")
            }
            distinct.append(valid)
            next = value + 1
        }
        guard distinctCount > 1 else { return Array(repeating: distinct.first ?? 0, count: count) }
        let lowPlane = try reader.readBytes(count)
        let highPlaneCount = planeCount(distinctCount: distinctCount) - 1
        if highPlaneCount == 0 { return try values(lowPlane, of: distinct, name) }
        var indexes = lowPlane.map { UInt32($0) }
        for plane in 1...highPlaneCount {
            let shift = UInt32(8 * plane)
            var position = 0
            for byte in try reader.readBytes(count) {
                indexes[position] |= UInt32(byte) << shift
                position += 1
            }
        }
        return try values(indexes[...], of: distinct, name)
    }

    /// The distinct values at `indexes`.
    private static func values<Value, Index: FixedWidthInteger & UnsignedInteger>(
        _ indexes: ArraySlice<Index>,
        of distinct: [Value],
        _ name: String
    ) throws(BlobFormatError) -> [Value] {
        let largest = indexes.max() ?? 0
        guard largest < distinct.count else {
            throw .valueOutOfRange(field: "\(name): index", value: "\(largest)")
        }
        return indexes.map { distinct[Int($0)] }
    }

    /// The number of bytes for an index below `distinctCount`.
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
