/// A set of access points, one bit for each.
struct SetBits: Equatable {
    private(set) var words: [UInt64]

    init(accessPointCount: Int) {
        words = Array(repeating: 0, count: (accessPointCount + 63) / 64)
    }

    /// Makes this the set whose membership changes at `boundaries`; it must be empty before.
    mutating func fill(boundaries: ArraySlice<UInt16>) {
        var iterator = boundaries.makeIterator()
        while let start = iterator.next(), let end = iterator.next() {
            for index in start..<end { words[Int(index / 64)] |= 1 << UInt64(index % 64) }
        }
    }

    mutating func removeAll() {
        for index in words.indices { words[index] = 0 }
    }

    func contains(_ index: UInt16) -> Bool {
        words[Int(index / 64)] >> UInt64(index % 64) & 1 == 1
    }

    /// Leaves in `difference` the members of the symmetric difference, ascending; false if there
    /// are more than `limit`.
    func isNear(_ other: SetBits, _ difference: inout [UInt16], limit: Int) -> Bool {
        difference.removeAll(keepingCapacity: true)
        var count = 0
        for index in words.indices {
            count += (words[index] ^ other.words[index]).nonzeroBitCount
            if count > limit { return false }
        }
        for index in words.indices {
            var rest = words[index] ^ other.words[index]
            while rest != 0 {
                difference.append(UInt16(index * 64 + rest.trailingZeroBitCount))
                rest &= rest - 1
            }
        }
        return true
    }
}
