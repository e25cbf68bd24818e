/// Writes the bytes of a blob: integers are little-endian, variable-length ones LEB128.
package struct ByteWriter: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init(reservingByteCount byteCount: Int = 0) {
        bytes.reserveCapacity(byteCount)
    }

    package mutating func append(_ value: UInt8) {
        bytes.append(value)
    }

    package mutating func append(_ value: UInt16) {
        append(littleEndian: UInt64(value), byteCount: 2)
    }

    package mutating func append(_ value: UInt32) {
        append(littleEndian: UInt64(value), byteCount: 4)
    }

    package mutating func append(_ value: UInt64) {
        append(littleEndian: value, byteCount: 8)
    }

    package mutating func append(_ value: Int64) {
        append(UInt64(bitPattern: value))
    }

    package mutating func append(_ bytes: some Collection<UInt8>) {
        self.bytes.append(contentsOf: bytes)
    }

    /// Seven bits per byte, lowest first, with the top bit set on all but the last: 1 to 10 bytes.
    package mutating func appendVarint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// A varint that is short for values near zero of either sign: 0, -1, 1, -2 become 0, 1, 2, 3.
    package mutating func appendSignedVarint(_ value: Int64) {
        appendVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// The byte count as a varint, then the bytes.
    package mutating func appendCounted(_ bytes: some Collection<UInt8>) {
        appendVarint(UInt64(bytes.count))
        append(bytes)
    }

    private mutating func append(littleEndian value: UInt64, byteCount: Int) {
        for index in 0..<byteCount {
            bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index)))
        }
    }
}
