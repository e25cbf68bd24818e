/// Reads the bytes of a blob from front to back; the counterpart of ``ByteWriter``.
///
/// No read goes beyond the end: it throws
/// ``BlobFormatError/truncated(expectedByteCount:actualByteCount:)`` with the byte count that would
/// have been enough.
package struct ByteReader: Sendable {
    private let bytes: ArraySlice<UInt8>
    private var index: Int

    package init(_ bytes: [UInt8]) {
        self.init(bytes[...])
    }

    package init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    package var remainingByteCount: Int { bytes.endIndex - index }

    package mutating func readUInt8() throws(BlobFormatError) -> UInt8 {
        guard index < bytes.endIndex else { throw truncated(missing: 1) }
        defer { index += 1 }
        return bytes[index]
    }

    package mutating func readUInt16() throws(BlobFormatError) -> UInt16 {
        UInt16(truncatingIfNeeded: try readLittleEndian(byteCount: 2))
    }

    package mutating func readUInt32() throws(BlobFormatError) -> UInt32 {
        UInt32(truncatingIfNeeded: try readLittleEndian(byteCount: 4))
    }

    package mutating func readUInt64() throws(BlobFormatError) -> UInt64 {
        try readLittleEndian(byteCount: 8)
    }

    package mutating func readInt64() throws(BlobFormatError) -> Int64 {
        Int64(bitPattern: try readLittleEndian(byteCount: 8))
    }

    /// Throws if the value does not fit 64 bits or is encoded longer than necessary.
    package mutating func readVarint() throws(BlobFormatError) -> UInt64 {
        // Most values take one byte.
        if index < bytes.endIndex, bytes[index] < 0x80 {
            defer { index += 1 }
            return UInt64(bytes[index])
        }
        return try readLongVarint()
    }

    private mutating func readLongVarint() throws(BlobFormatError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readUInt8()
            guard shift < 63 || byte <= 1 else {
                throw .valueOutOfRange(field: "a varint", value: "more than 64 bits")
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 {
                guard byte != 0 || shift == 0 else {
                    throw .valueOutOfRange(field: "a varint", value: "\(value) in too many bytes")
                }
                return value
            }
            shift += 7
        }
    }

    package mutating func readSignedVarint() throws(BlobFormatError) -> Int64 {
        let value = try readVarint()
        return Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
    }

    /// A varint that must not exceed `limit`.
    package mutating func readVarint(
        of field: @autoclosure () -> String,
        atMost limit: UInt64
    ) throws(BlobFormatError) -> UInt64 {
        let value = try readVarint()
        guard value <= limit else { throw .valueOutOfRange(field: field(), value: "\(value)") }
        return value
    }

    /// The next `count` bytes, without a copy.
    package mutating func readBytes(_ count: Int) throws(BlobFormatError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remainingByteCount else {
            throw truncated(missing: UInt64(clamping: count))
        }
        defer { index += count }
        return bytes[index..<index + count]
    }

    /// Bytes preceded by their count as a varint.
    package mutating func readCounted() throws(BlobFormatError) -> ArraySlice<UInt8> {
        let count = try readVarint()
        guard count <= UInt64(remainingByteCount) else { throw truncated(missing: count) }
        return try readBytes(Int(count))
    }

    /// Throws if bytes are left.
    package func finish() throws(BlobFormatError) {
        guard remainingByteCount == 0 else { throw .trailingBytes(count: remainingByteCount) }
    }

    private mutating func readLittleEndian(
        byteCount: Int
    ) throws(BlobFormatError) -> UInt64 {
        guard byteCount <= remainingByteCount else { throw truncated(missing: UInt64(byteCount)) }
        var value: UInt64 = 0
        for position in 0..<byteCount {
            value |= UInt64(bytes[index + position]) << UInt64(8 * position)
        }
        index += byteCount
        return value
    }

    private func truncated(missing count: UInt64) -> BlobFormatError {
        let (expected, overflow) = UInt64(index - bytes.startIndex).addingReportingOverflow(count)
        return .truncated(
            expectedByteCount: overflow ? .max : expected,
            actualByteCount: bytes.count
        )
    }
}
