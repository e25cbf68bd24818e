/// The shape of a static function from 64-bit hashes to slots of a few bits: a 4-wise binary fuse
/// structure (Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022).
///
/// A hash has four slots, one in each of four neighbouring segments, and its value is their XOR.
/// Hashes that were not among the keys of the table have values, too, which look random.
struct FuseTable: Equatable, Sendable {
    /// Positions in a segment must fit into the 16 bits that a key has for each of them.
    static let maximumSegmentLengthLog2: UInt8 = 16
    /// A slot of up to this many bits can be read by one 64-bit load wherever it begins.
    static let maximumSlotBitCount: UInt8 = 57
    /// The number of bits in a slot that distinguish known paths from unknown ones.
    static let fingerprintBitCount: UInt8 = 24
    /// The number of bytes after the last slot of a section, so that no such load reads beyond it.
    static let paddingByteCount: UInt64 = 7

    /// The factors of the two independent products of a hash: 2^64 divided by the golden ratio, and
    /// by the cube of the plastic number.
    static let slotFactor: UInt64 = 0x9E37_79B9_7F4A_7C15
    static let fingerprintFactor: UInt64 = 0xD1B5_4A32_D192_ED03

    var seed: UInt64
    /// The number of segments that the first slot of a hash may be in; 0 makes the table empty.
    var segmentCount: UInt32
    var segmentLengthLog2: UInt8
    var slotBitCount: UInt8

    static let empty = FuseTable(
        seed: 0,
        segmentCount: 0,
        segmentLengthLog2: 0,
        slotBitCount: 1
    )

    /// Three segments follow those that the first slot may be in.
    var slotCount: UInt64 {
        segmentCount == 0 ? 0 : (UInt64(segmentCount) + 3) << UInt64(segmentLengthLog2)
    }

    /// The number of bytes that a section needs for all slots and the padding.
    var byteCount: UInt64 {
        slotCount == 0 ? 0 : (slotCount &* UInt64(slotBitCount) + 7) / 8 + Self.paddingByteCount
    }

    /// Whether keys of this table can be computed and read without leaving it.
    var isValid: Bool {
        segmentLengthLog2 <= Self.maximumSegmentLengthLog2
            && (1...Self.maximumSlotBitCount).contains(slotBitCount)
            && slotCount <= 1 << 32
    }

    /// The three numbers of the shape in one, as they are in the header, for messages.
    var packedShape: UInt64 {
        UInt64(segmentCount) | UInt64(segmentLengthLog2) << 32 | UInt64(slotBitCount) << 40
    }

    /// The slots of one hash, and those of its bits that do not depend on where they are.
    struct Key {
        var slots: [4 of UInt64]
        /// 24 bits.
        var fingerprint: UInt32
    }

    /// The slots of `hash`, each less than ``slotCount`` unless the table is empty.
    @inline(__always)
    func key(of hash: UInt64) -> Key {
        let first = PathHash.folded(hash ^ seed, Self.slotFactor)
        let second = PathHash.folded(hash ^ seed, Self.fingerprintFactor)
        let length = UInt64(1) &<< UInt64(segmentLengthLog2)
        let inSegment = length &- 1
        // The high half of a product maps 32 bits onto the range without a division.
        let range = UInt64(segmentCount) &<< UInt64(segmentLengthLog2)
        let start = ((first &>> 32) &* range) &>> 32
        // The XOR changes only the position within a segment.
        return Key(
            slots: [
                start,
                (start &+ length) ^ (first & inSegment),
                (start &+ 2 &* length) ^ (first &>> 16 & inSegment),
                (start &+ 3 &* length) ^ (second & inSegment),
            ],
            fingerprint: UInt32(truncatingIfNeeded: second &>> 40)
        )
    }

    /// The value of a key of this table whose slots are in `slots`; nil only if there are too few.
    @inline(__always)
    func value(of key: Key, in slots: RawSpan) -> UInt64? {
        guard let word0 = word(key.slots[0], slots), let word1 = word(key.slots[1], slots),
            let word2 = word(key.slots[2], slots), let word3 = word(key.slots[3], slots)
        else { return nil }
        return (word0 ^ word1 ^ word2 ^ word3) & ((1 &<< UInt64(slotBitCount)) &- 1)
    }

    /// The 57 bits or more that begin with a slot.
    @inline(__always)
    private func word(_ slot: UInt64, _ slots: RawSpan) -> UInt64? {
        let bit = slot &* UInt64(slotBitCount)
        let offset = Int(truncatingIfNeeded: bit &>> 3)
        guard let word = slots.integer(at: offset, as: UInt64.self) else { return nil }
        return word &>> (bit & 7)
    }
}
