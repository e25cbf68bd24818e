/// Ascending ranks as ``SetBlock`` reads them.
struct RankCode {
    private(set) var bytes: [UInt8] = []
    let lowBitCount: UInt8

    init(_ ranks: [UInt64]) {
        // The number of low bits is such that the unary code has, on average, at most two zeros for
        // each one.
        let last = (ranks.last ?? 0) - UInt64(max(1, ranks.count) - 1)
        let range = last / UInt64(max(1, ranks.count)) + 1
        lowBitCount = UInt8(UInt64.bitWidth - 1 - range.leadingZeroBitCount)
        var low = BitColumn()
        var high = BitColumn()
        var samples: [UInt8] = []
        var position: UInt64 = 0
        for (index, rank) in ranks.enumerated() {
            let rest = rank - UInt64(index)
            low.append(rest, bitCount: Int(lowBitCount))
            let target = rest >> UInt64(lowBitCount) + UInt64(index)
            while position < target {
                high.append(0, bitCount: 1)
                position += 1
            }
            if index > 0, index.isMultiple(of: SetBlock.sampleInterval) {
                samples.appendInteger(UInt32(target))
            }
            high.append(1, bitCount: 1)
            position += 1
        }
        bytes = samples + low.bytes + high.bytes
    }
}

/// Consecutive bits, from the lowest of the first byte on.
private struct BitColumn {
    private(set) var bytes: [UInt8] = []
    private var bitCount = 0

    mutating func append(_ value: UInt64, bitCount count: Int) {
        for bit in 0..<count {
            if self.bitCount.isMultiple(of: 8) { bytes.append(0) }
            let isSet = value >> UInt64(bit) & 1
            bytes[bytes.count - 1] |= UInt8(isSet) << UInt8(self.bitCount % 8)
            self.bitCount += 1
        }
    }
}
