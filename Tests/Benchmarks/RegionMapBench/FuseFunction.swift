import Glibc

/// A binary fuse function of arity three or four with the parameters of the paper's reference
/// implementation (Graf and Lemire, "Binary Fuse Filters", 2022; FastFilter/fastfilter_cpp).
struct FuseFunction: PathFunction {
    private let arity: Int
    private let codeBitCount: Int
    private var seed: UInt64 = 0
    private var segmentLength = 0
    private var segmentCount = 0
    private var slots = PackedNumbers(count: 0, bitCount: 1)

    var byteCount: Int { slots.byteCount }

    /// Nil if none of a hundred seeds works.
    init?(wise arity: Int, _ paths: some Sequence<[UInt8]>, _ codes: [UInt32], _ codeBitCount: Int)
    {
        self.arity = arity
        self.codeBitCount = codeBitCount
        let hashes = paths.map { unsafe hash(of: $0.span.bytes) }
        let count = Double(hashes.count)
        let exponent =
            arity == 4 ? log(count) / log(2.91) - 0.5 : log(count) / log(3.33) + 2.25
        segmentLength = min(1 << 18, 1 << max(1, Int(exponent)))
        // Ours starts with about the smallest number of slots that ever works, and so does this
        // one.
        let leastFactor = arity == 4 ? 1.03 + 1.1 / pow(count, 0.25) : 1.1 + 0.9 / pow(count, 0.25)
        segmentCount = max(1, Int(count * leastFactor) / segmentLength - (arity - 1))
        for attempt in 1...100 {
            seed = SeededGenerator.mixed(UInt64(attempt))
            if let order = removalOrder(of: hashes) {
                fill(hashes, codes, order)
                return
            }
            segmentCount += max(1, segmentCount / 200)
        }
        return nil
    }

    func code(of path: RawSpan) -> UInt32? {
        let key = rehashed(hash(of: path), seed)
        let other = rehashed(key, 1)
        var value: UInt64 = 0
        for place in 0..<arity { value ^= slots[slot(place, key, other)] }
        guard value >> UInt64(codeBitCount) == other >> 40 else { return nil }
        return UInt32(value & (1 << UInt64(codeBitCount) - 1))
    }

    private func slot(_ place: Int, _ key: UInt64, _ other: UInt64) -> Int {
        let range = UInt64(segmentCount &* segmentLength)
        let start = Int(((key >> 32) &* range) >> 32) &+ place &* segmentLength
        let bits =
            switch place {
            case 0: UInt64(0)
            case 1: key
            case 2: key >> 14
            default: other
            }
        return start ^ (Int(bits & 0xFFFF_FFFF) & (segmentLength &- 1))
    }

    private func removalOrder(of hashes: [UInt64]) -> [(key: Int, slot: Int)]? {
        let slotCount = (segmentCount + arity - 1) * segmentLength
        var counts = [UInt32](repeating: 0, count: slotCount)
        var indexes = [UInt32](repeating: 0, count: slotCount)
        func eachSlot(of index: Int, _ body: (Int) -> Void) {
            let key = rehashed(hashes[index], seed)
            let other = rehashed(key, 1)
            for place in 0..<arity { body(slot(place, key, other)) }
        }
        for index in hashes.indices {
            eachSlot(of: index) { slot in
                counts[slot] += 1
                indexes[slot] ^= UInt32(index)
            }
        }
        var order: [(key: Int, slot: Int)] = []
        order.reserveCapacity(hashes.count)
        var free = counts.indices.filter { counts[$0] == 1 }
        while let slot = free.popLast() {
            guard counts[slot] == 1 else { continue }
            let index = Int(indexes[slot])
            order.append((index, slot))
            eachSlot(of: index) { other in
                counts[other] -= 1
                indexes[other] ^= UInt32(index)
                if counts[other] == 1 { free.append(other) }
            }
        }
        return order.count == hashes.count ? order : nil
    }

    private mutating func fill(
        _ hashes: [UInt64],
        _ codes: [UInt32],
        _ order: [(key: Int, slot: Int)]
    ) {
        let slotCount = (segmentCount + arity - 1) * segmentLength
        slots = PackedNumbers(count: slotCount, bitCount: 24 + codeBitCount)
        for entry in order.reversed() {
            let key = rehashed(hashes[entry.key], seed)
            let other = rehashed(key, 1)
            var value = (other >> 40) << UInt64(codeBitCount) | UInt64(codes[entry.key])
            for place in 0..<arity { value ^= slots[slot(place, key, other)] }
            slots[entry.slot] = value
        }
    }
}
