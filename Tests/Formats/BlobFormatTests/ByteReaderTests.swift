import BlobFormat
import Testing

@Suite struct ByteReaderTests {
    @Test func readsWhatWasWritten() throws {
        var writer = ByteWriter()
        writer.append(UInt8(1))
        writer.append(UInt16(0x0203))
        writer.append(UInt32(0x0405_0607))
        writer.append(UInt64(0x0809_0A0B_0C0D_0E0F))
        writer.append(Int64(-2))
        writer.appendCounted([9, 8])
        writer.append([7])
        #expect(writer.bytes.prefix(7) == [1, 3, 2, 7, 6, 5, 4])

        var reader = ByteReader(writer.bytes)
        #expect(try reader.readUInt8() == 1)
        #expect(try reader.readUInt16() == 0x0203)
        #expect(try reader.readUInt32() == 0x0405_0607)
        #expect(try reader.readUInt64() == 0x0809_0A0B_0C0D_0E0F)
        #expect(try reader.readInt64() == -2)
        #expect(try reader.readCounted() == [9, 8])
        #expect(throws: BlobFormatError.trailingBytes(count: 1)) { try reader.finish() }
        #expect(try reader.readBytes(1) == [7])
        try reader.finish()
    }

    @Test(arguments: [
        (UInt64(0), 1), (127, 1), (128, 2), (16_383, 2), (16_384, 3), (.max >> 1, 9), (.max, 10),
    ])
    func readsVarints(value: UInt64, byteCount: Int) throws {
        var writer = ByteWriter()
        writer.appendVarint(value)
        #expect(writer.bytes.count == byteCount)
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readVarint() == value)
        try reader.finish()
    }

    @Test(arguments: [Int64(0), -1, 1, 63, -64, .max, .min])
    func readsSignedVarints(value: Int64) throws {
        var writer = ByteWriter()
        writer.appendSignedVarint(value)
        #expect((-64...63).contains(value) == (writer.bytes.count == 1))
        var reader = ByteReader(writer.bytes)
        #expect(try reader.readSignedVarint() == value)
    }

    static let badVarints: [[UInt8]] = [
        [0x80, 0x00],
        Array(repeating: 0xFF, count: 9) + [0x02],
        Array(repeating: 0xFF, count: 9) + [0x81, 0x00],
    ]

    @Test(arguments: badVarints)
    func rejectsVarintsThatNoWriterGives(bytes: [UInt8]) {
        #expect {
            var reader = ByteReader(bytes)
            _ = try reader.readVarint()
        } throws: {
            guard case .valueOutOfRange? = $0 as? BlobFormatError else { return false }
            return true
        }
    }

    @Test func saysHowManyBytesWouldBeEnough() {
        let truncated = BlobFormatError.truncated(expectedByteCount: 5, actualByteCount: 3)
        #expect(throws: truncated) {
            var reader = ByteReader([1, 2, 3])
            _ = try reader.readUInt8()
            _ = try reader.readUInt32()
        }
        #expect(throws: truncated) {
            var reader = ByteReader([4, 2, 3])
            _ = try reader.readCounted()
        }
        #expect(throws: BlobFormatError.truncated(expectedByteCount: 4, actualByteCount: 3)) {
            var reader = ByteReader([0x80, 0x80, 0x80])
            _ = try reader.readVarint()
        }
        #expect(throws: BlobFormatError.self) {
            var reader = ByteReader([1])
            _ = try reader.readBytes(-1)
        }
        #expect(throws: BlobFormatError.valueOutOfRange(field: "count", value: "9")) {
            var reader = ByteReader([9])
            _ = try reader.readVarint(of: "count", atMost: 8)
        }
    }
}
