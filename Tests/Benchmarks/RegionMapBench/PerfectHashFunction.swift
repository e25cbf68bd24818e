/// A minimal perfect hash that numbers the paths, and an array with 24 bits of fingerprint and the
/// code of each (BBHash: Limasset, Rizk, Chikhi and Peterlongo, "Fast and Scalable Minimal Perfect
/// Hashing for Massive Key Sets", 2017, γ = 1).
///
/// It takes some 3.1 bits per path in addition to the array; the best of its kind take 1.5 to 2.5
/// (the bound is 1.44) and more time to build.
struct PerfectHashFunction: PathFunction {
    private struct Level {
        var bitCount: Int
        var words: [UInt64]
        /// The number of bits that are set before every eighth word, including all earlier levels.
        var ranks: [UInt32] = []
    }

    private var levels: [Level] = []
    private var values: PackedNumbers
    private let codeBitCount: Int

    var byteCount: Int {
        levels.reduce(values.byteCount) { $0 + $1.words.count * 8 + $1.ranks.count * 4 }
    }

    /// Nil if two paths have the same hash.
    init?(_ paths: some Sequence<[UInt8]>, _ codes: [UInt32], _ codeBitCount: Int) {
        self.codeBitCount = codeBitCount
        let hashes = paths.map { unsafe hash(of: $0.span.bytes) }
        values = PackedNumbers(count: hashes.count, bitCount: 24 + codeBitCount)
        var left = hashes
        var placed = 0
        while !left.isEmpty {
            guard levels.count < 200 else { return nil }
            var level = Self.level(left, number: levels.count)
            left.removeAll { Self.holds(level, Self.bit(of: $0, levels.count, level.bitCount)) }
            for (index, word) in level.words.enumerated() {
                if index % 8 == 0 { level.ranks.append(UInt32(placed)) }
                placed += word.nonzeroBitCount
            }
            levels.append(level)
        }
        for (index, hash) in hashes.enumerated() {
            guard let place = place(of: hash) else { return nil }
            values[place] = fingerprint(hash) << UInt64(codeBitCount) | UInt64(codes[index])
        }
    }

    func code(of path: RawSpan) -> UInt32? {
        let hash = hash(of: path)
        guard let place = place(of: hash) else { return nil }
        let value = values[place]
        guard value >> UInt64(codeBitCount) == fingerprint(hash) else { return nil }
        return UInt32(value & (1 << UInt64(codeBitCount) - 1))
    }

    /// A bit for each hash that collides with no other one in the level.
    private static func level(_ hashes: [UInt64], number: Int) -> Level {
        let bitCount = max(64, hashes.count)
        let empty = [UInt64](repeating: 0, count: (bitCount + 63) / 64)
        var level = Level(bitCount: bitCount, words: empty)
        var collisions = empty
        for hash in hashes {
            let bit = bit(of: hash, number, bitCount)
            let mask = UInt64(1) << UInt64(bit & 63)
            if level.words[bit >> 6] & mask != 0 { collisions[bit >> 6] |= mask }
            level.words[bit >> 6] |= mask
        }
        for index in collisions.indices { level.words[index] &= ~collisions[index] }
        return level
    }

    private static func bit(of hash: UInt64, _ level: Int, _ bitCount: Int) -> Int {
        Int(rehashed(hash, UInt64(level) + 1).multipliedFullWidth(by: UInt64(bitCount)).high)
    }

    private static func holds(_ level: Level, _ bit: Int) -> Bool {
        level.words[bit >> 6] >> UInt64(bit & 63) & 1 == 1
    }

    private func place(of hash: UInt64) -> Int? {
        for (number, level) in levels.enumerated() {
            let bit = Self.bit(of: hash, number, level.bitCount)
            guard Self.holds(level, bit) else { continue }
            let word = bit >> 6
            var rank = Int(level.ranks[word / 8])
            for before in (word & ~7)..<word { rank += level.words[before].nonzeroBitCount }
            return rank + (level.words[word] & (1 << UInt64(bit & 63) - 1)).nonzeroBitCount
        }
        return nil
    }

    private func fingerprint(_ hash: UInt64) -> UInt64 { rehashed(hash, 0x5EED) >> 40 }
}
