/// Solves the equations of a ``FuseTable``: finds slots whose XOR is the value of every key.
///
/// Keys are removed one by one from a slot that no other key uses; in the reverse order each key
/// then has a slot of its own that can be set to make its XOR right. If that fails, another seed
/// and a few more slots are tried, in a fixed sequence: equal keys in equal order give equal bytes.
struct FuseTableBuilder {
    /// The keys, no two of them equal.
    private let hashes: [UInt64]
    /// The low bits of each key's value.
    private let codes: [UInt32]
    private let codeBitCount: UInt8
    private let hasFingerprints: Bool

    /// The table grows with each attempt, to more than twice the slots of the first.
    private static let attemptLimit = 200

    init(hashes: [UInt64], codes: [UInt32], codeBitCount: UInt8, hasFingerprints: Bool) {
        self.hashes = hashes
        self.codes = codes
        self.codeBitCount = codeBitCount
        self.hasFingerprints = hasFingerprints
    }

    /// The shape of the table and its slots, packed into words.
    ///
    /// The first size is about the smallest that ever works; measured with random keys, half of all
    /// seeds work at 1.29 slots per key for 1,000 keys, 1.18 for 10,000, 1.09 for 150,000 and 1.05
    /// for 10 million.
    func built() throws(RegionMapError) -> (table: FuseTable, words: [UInt64]) {
        var table = FuseTable.empty
        table.slotBitCount = codeBitCount + (hasFingerprints ? FuseTable.fingerprintBitCount : 0)
        guard !hashes.isEmpty else { return (table, []) }
        table.segmentLengthLog2 = Self.segmentLengthLog2(keyCount: hashes.count)
        table.segmentCount = Self.segmentCount(
            keyCount: hashes.count,
            segmentLengthLog2: table.segmentLengthLog2
        )
        for attempt in 1...Self.attemptLimit {
            table.seed = PathHash.folded(UInt64(attempt), FuseTable.slotFactor)
            if let order = removalOrder(in: table) {
                return (table, slots(of: table, order: order))
            }
            table.segmentCount += max(1, table.segmentCount / 200)
        }
        throw .unplaceable(keyCount: hashes.count)
    }

    /// The paper's length for four slots per key: the logarithm to the base 2.91 of the count,
    /// minus a half.
    private static func segmentLengthLog2(keyCount: Int) -> UInt8 {
        var length: UInt8 = 1
        var next = 2.91 * 2.91 * 2.91.squareRoot()
        while Double(keyCount) >= next, length < FuseTable.maximumSegmentLengthLog2 {
            length += 1
            next *= 2.91
        }
        return length
    }

    private static func segmentCount(keyCount: Int, segmentLengthLog2: UInt8) -> UInt32 {
        let count = Double(keyCount)
        let slots = count * (1.03 + 1.1 / count.squareRoot().squareRoot())
        let segments = Int(slots) >> Int(segmentLengthLog2)
        return UInt32(clamping: max(1, segments - 3))
    }

    /// The order in which keys are removed, and from which slot.
    private struct RemovalOrder {
        var keys: [UInt32] = []
        var slots: [UInt32] = []
    }

    /// Nil if some keys share every slot with others.
    private func removalOrder(in table: FuseTable) -> RemovalOrder? {
        // For each slot the number of keys that use it and the XOR of their indexes, which is the
        // index itself if there is one.
        var counts = [UInt8](repeating: 0, count: Int(table.slotCount))
        var indexes = [UInt32](repeating: 0, count: Int(table.slotCount))
        for (index, hash) in hashes.enumerated() {
            let key = table.key(of: hash)
            for position in key.slots.indices {
                let slot = Int(key.slots[position])
                guard counts[slot] < UInt8.max else { return nil }
                counts[slot] += 1
                indexes[slot] ^= UInt32(index)
            }
        }
        var order = RemovalOrder()
        order.keys.reserveCapacity(hashes.count)
        order.slots.reserveCapacity(hashes.count)
        var free: [UInt32] = []
        for start in counts.indices where counts[start] == 1 {
            free.append(UInt32(start))
            while let slot = free.popLast() {
                guard counts[Int(slot)] == 1 else { continue }
                let index = indexes[Int(slot)]
                order.keys.append(index)
                order.slots.append(slot)
                let key = table.key(of: hashes[Int(index)])
                for position in key.slots.indices {
                    let other = Int(key.slots[position])
                    counts[other] -= 1
                    indexes[other] ^= index
                    if counts[other] == 1 { free.append(UInt32(other)) }
                }
            }
        }
        return order.keys.count == hashes.count ? order : nil
    }

    private func slots(of table: FuseTable, order: RemovalOrder) -> [UInt64] {
        var slots = PackedSlots(count: Int(table.slotCount), bitCount: Int(table.slotBitCount))
        for position in order.keys.indices.reversed() {
            let index = Int(order.keys[position])
            let key = table.key(of: hashes[index])
            var value = UInt64(codes[index])
            if hasFingerprints { value |= UInt64(key.fingerprint) << UInt64(codeBitCount) }
            // The key's own slot is still zero, so the XOR of all four is that of the others.
            for other in key.slots.indices { value ^= slots[Int(key.slots[other])] }
            slots.fill(Int(order.slots[position]), with: value)
        }
        return slots.words
    }
}

/// Numbers of a few bits each, consecutive from the lowest bit of the first word.
private struct PackedSlots {
    private(set) var words: [UInt64]
    private let bitCount: Int
    private let mask: UInt64

    init(count: Int, bitCount: Int) {
        words = Array(repeating: 0, count: (count * bitCount + 63) / 64 + 1)
        self.bitCount = bitCount
        mask = 1 << UInt64(bitCount) - 1
    }

    subscript(index: Int) -> UInt64 {
        let bit = index * bitCount
        let low = words[bit / 64] >> UInt64(bit % 64)
        // Shifting by 64 gives zero.
        return (low | words[bit / 64 + 1] << UInt64(64 - bit % 64)) & mask
    }

    /// Sets a slot that is zero.
    mutating func fill(_ index: Int, with value: UInt64) {
        let bit = index * bitCount
        words[bit / 64] |= value << UInt64(bit % 64)
        words[bit / 64 + 1] |= value >> UInt64(64 - bit % 64)
    }
}
