/// Sets with consecutive numbers that are stored in the same way: as records of equal length, or as
/// sorted ranks.
///
/// Ranked sets differ from one base set in the same number of units. Which units these are is given
/// by one number, the rank of the combination among all of that size (Knuth, The Art of Computer
/// Programming, volume 4A, 7.2.1.3, "combinatorial number system"). The ranks ascend, so a set
/// costs about the logarithm of the distance to the next: the low bits of the ranks are stored
/// separately, the rest in unary code (Elias, "Efficient Storage and Retrieval by Content and
/// Address of Static Files", 1974).
struct SetBlock {
    /// The length of a block's entry.
    static let entryByteCount = 16
    /// The maximum number of ranked sets, which limits how far a damaged map can make a reader
    /// search.
    static let rankedSetLimit = 1 << 16
    /// The maximum number of units in which ranked sets differ from their base set.
    static let unitLimit: UInt8 = 12
    /// The position in the unary code is stored for every rank whose index is a multiple of this,
    /// except the first.
    static let sampleInterval = 128
    /// The low bits of a rank are read by one 64-bit load wherever they begin.
    static let lowBitLimit: UInt8 = 57
    /// The number of bytes after the last block of the section, so that no such load reads beyond
    /// it.
    static let paddingByteCount = 7

    let firstSet: UInt32
    /// From the first byte of the section.
    let offset: UInt32
    /// The length of each record; 0 if the sets are ranked.
    let recordByteCount: UInt16
    /// The base set that they differ from, plus one; 0 is the empty set.
    let base: UInt8
    /// The number of units in which each differs from it.
    let unitCount: UInt8
    /// Whether every access point is its own unit here.
    let isByAccessPoint: Bool
    let lowBitCount: UInt8

    /// Reads the entry of a block; nil if the section ends before it does.
    init?(at index: Int, in section: RawSpan) {
        let entry = index &* Self.entryByteCount
        guard let firstSet = section.integer(at: entry, as: UInt32.self),
            let offset = section.integer(at: entry + 4, as: UInt32.self),
            let form = section.integer(at: entry + 8, as: UInt64.self)
        else { return nil }
        self.firstSet = firstSet
        self.offset = offset
        recordByteCount = UInt16(truncatingIfNeeded: form)
        base = UInt8(truncatingIfNeeded: form >> 16)
        unitCount = UInt8(truncatingIfNeeded: form >> 24)
        isByAccessPoint = form >> 32 & 1 == 1
        lowBitCount = min(Self.lowBitLimit, UInt8(truncatingIfNeeded: form >> 40))
    }

    /// The rank of the set at `index` among the `setCount` of this block; nil if the bytes are
    /// damaged.
    ///
    /// It reads one sample, on average four words of the unary code, and the low bits.
    func rank(at index: Int, of setCount: Int, in section: RawSpan) -> UInt64? {
        guard index >= 0, index < setCount, setCount <= Self.rankedSetLimit,
            unitCount <= Self.unitLimit
        else { return nil }
        let lowBits = Int(lowBitCount)
        // Sums that damage makes too large for a 32-bit address become negative, which is outside
        // of the section.
        let samples = Int(clamping: offset)
        let low = samples &+ (setCount &- 1) / Self.sampleInterval &* 4
        let high = low &+ (setCount &* lowBits &+ 7) / 8
        let sample = index / Self.sampleInterval
        var start = 0
        if sample > 0 {
            guard let position = section.integer(at: samples &+ (sample - 1) * 4, as: UInt32.self)
            else { return nil }
            start = Int(clamping: position)
        }
        guard
            let position = Self.position(
                ofOne: index % Self.sampleInterval,
                from: start,
                in: section,
                at: high
            ),
            position >= index
        else { return nil }
        let bit = index &* lowBits
        guard let word = section.integer(at: low &+ bit / 8, as: UInt64.self) else { return nil }
        let rest = word &>> UInt64(bit % 8) & (1 &<< UInt64(lowBits) &- 1)
        return UInt64(position - index) &<< UInt64(lowBits) &+ rest &+ UInt64(index)
    }

    /// The position, counted from bit 0 of the byte `offset`, of the one that is preceded by
    /// `number` others from the bit `start` on.
    private static func position(
        ofOne number: Int,
        from start: Int,
        in section: RawSpan,
        at offset: Int
    ) -> Int? {
        // The unary code of n ranks has at most 3 n bits.
        guard start < rankedSetLimit * 3 else { return nil }
        var byte = start / 8
        var left = number
        guard var word = section.integer(at: offset &+ byte, as: UInt64.self) else { return nil }
        word &= ~0 &<< UInt64(start % 8)
        while true {
            let count = word.nonzeroBitCount
            if left < count { break }
            left -= count
            byte += 8
            guard byte <= rankedSetLimit * 3 / 8,
                let next = section.integer(at: offset &+ byte, as: UInt64.self)
            else { return nil }
            word = next
        }
        for _ in 0..<left { word &= word &- 1 }
        return byte * 8 + word.trailingZeroBitCount
    }
}
