/// The CRC-32 of zlib, PNG and Ethernet: the polynomial 0x04C11DB7, reflected, with all bits
/// inverted before and after.
///
/// It detects every burst of up to 32 wrong bits, so every flipped bit and every torn word.
package struct CRC32 {
    private static let polynomial: UInt32 = 0xEDB8_8320
    /// Below this number of bytes, computing the tables costs more than they save.
    static let tablesPayOff = 2048

    var state: UInt32 = 0xFFFF_FFFF

    package init() {}

    /// The checksum of all bytes so far.
    package var value: UInt32 { ~state }

    package mutating func update(_ bytes: RawSpan) {
        let start = updateCarryless(bytes)
        guard start == 0 else { return updateBitwise(bytes, from: start) }
        if bytes.byteCount < Self.tablesPayOff {
            updateBitwise(bytes, from: 0)
        } else {
            updateSlicing(bytes)
        }
    }

    private mutating func updateBitwise(_ bytes: RawSpan, from start: Int) {
        var offset = start
        while let byte = bytes.integer(at: offset, as: UInt8.self) {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = Self.shifted(state) }
            offset += 1
        }
    }

    /// Processes 16 bytes per step with 16 tables (Kounavis and Berry, "A Systematic Approach to
    /// Building High Performance Software-based CRC Generators", 2005).
    ///
    /// For the edge, and processors without carry-less multiplication. The tables, 16 KiB, are on
    /// the stack during the call and take some microseconds to compute.
    package mutating func updateSlicing(_ bytes: RawSpan) {
        var tables = InlineArray<4096, UInt32>(repeating: 0)
        for index in 0..<256 {
            var entry = UInt32(index)
            for _ in 0..<8 { entry = Self.shifted(entry) }
            tables[index] = entry
        }
        for index in 256..<4096 {
            let previous = tables[index - 256]
            tables[index] = previous >> 8 ^ tables[Int(previous & 0xFF)]
        }
        var offset = 0
        while let low = bytes.integer(at: offset, as: UInt64.self),
            let high = bytes.integer(at: offset + 8, as: UInt64.self)
        {
            let first = low ^ UInt64(state)
            var next: UInt32 = 0
            for byte in 0..<8 {
                next ^= tables[(15 - byte) &* 256 &+ Int(first >> (8 * UInt64(byte)) & 0xFF)]
                next ^= tables[(7 - byte) &* 256 &+ Int(high >> (8 * UInt64(byte)) & 0xFF)]
            }
            state = next
            offset += 16
        }
        updateBitwise(bytes, from: offset)
    }

    @inline(__always)
    private static func shifted(_ state: UInt32) -> UInt32 {
        state >> 1 ^ (polynomial & (0 &- (state & 1)))
    }
}
