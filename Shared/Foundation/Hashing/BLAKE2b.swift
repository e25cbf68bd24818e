/// BLAKE2b without a key (RFC 7693) over a stream of bytes; the digest has 64 bytes by default.
///
/// Manifests call it `BLAKE2B`, and GLEP 75 names folders with it.
package struct BLAKE2b: BlockHash {
    private var state: [8 of UInt64] = Self.vector
    private var hashedByteCount: UInt64 = 0
    private let digestByteCount: Int
    var blocks = BlockBuffer(blockByteCount: 128)

    private static let vector: [8 of UInt64] = [
        0x6a09_e667_f3bc_c908, 0xbb67_ae85_84ca_a73b, 0x3c6e_f372_fe94_f82b,
        0xa54f_f53a_5f1d_36f1, 0x510e_527f_ade6_82d1, 0x9b05_688c_2b3e_6c1f,
        0x1f83_d9ab_fb41_bd6b, 0x5be0_cd19_137e_2179,
    ]

    /// A hash with digests of `digestByteCount` bytes, 1 to 64.
    package init(digestByteCount: Int = 64) {
        precondition((1...64).contains(digestByteCount), "BLAKE2b has digests of 1 to 64 bytes")
        self.digestByteCount = digestByteCount
        state[0] ^= 0x0101_0000 ^ UInt64(digestByteCount)
    }

    /// The digest of `bytes`.
    package static func digest(of bytes: [UInt8], byteCount: Int = 64) -> [UInt8] {
        var hash = BLAKE2b(digestByteCount: byteCount)
        unsafe hash.update(bytes.span.bytes)
        return hash.finalize()
    }

    package mutating func finalize() -> [UInt8] {
        var block = blocks.take()
        let padding = 128 - block.count
        hashedByteCount &-= UInt64(padding)
        block.append(contentsOf: repeatElement(0, count: padding))
        unsafe compress(block.span.bytes, isLast: true)
        var digest: [UInt8] = []
        for index in state.indices {
            for shift in 0..<8 {
                digest.append(UInt8(truncatingIfNeeded: state[index] >> (8 * shift)))
            }
        }
        return Array(digest.prefix(digestByteCount))
    }

    mutating func compress(_ block: RawSpan) {
        compress(block, isLast: false)
    }

    private mutating func compress(_ block: RawSpan, isLast: Bool) {
        hashedByteCount &+= 128
        func word(_ index: Int) -> UInt64 {
            let offset = 8 * index
            return UInt64(
                littleEndian: unsafe block.unsafeLoadUnaligned(
                    fromByteOffset: offset,
                    as: UInt64.self
                )
            )
        }
        let (m0, m1, m2, m3, m4, m5) = (word(0), word(1), word(2), word(3), word(4), word(5))
        let (m6, m7, m8, m9, m10) = (word(6), word(7), word(8), word(9), word(10))
        let (m11, m12, m13, m14, m15) = (word(11), word(12), word(13), word(14), word(15))
        var v = Square(state, Self.vector)
        v.v12 ^= hashedByteCount
        if isLast { v.v14 = ~v.v14 }
        // Each round uses the words in a different order; written out, none has to be looked up.
        v.round(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15)
        v.round(m14, m10, m4, m8, m9, m15, m13, m6, m1, m12, m0, m2, m11, m7, m5, m3)
        v.round(m11, m8, m12, m0, m5, m2, m15, m13, m10, m14, m3, m6, m7, m1, m9, m4)
        v.round(m7, m9, m3, m1, m13, m12, m11, m14, m2, m6, m5, m10, m4, m0, m15, m8)
        v.round(m9, m0, m5, m7, m2, m4, m10, m15, m14, m1, m11, m12, m6, m8, m3, m13)
        v.round(m2, m12, m6, m10, m0, m11, m8, m3, m4, m13, m7, m5, m15, m14, m1, m9)
        v.round(m12, m5, m1, m15, m14, m13, m4, m10, m0, m7, m6, m3, m9, m2, m8, m11)
        v.round(m13, m11, m7, m14, m12, m1, m3, m9, m5, m0, m15, m4, m8, m6, m2, m10)
        v.round(m6, m15, m14, m9, m11, m3, m0, m8, m12, m2, m13, m7, m1, m4, m10, m5)
        v.round(m10, m2, m8, m4, m7, m6, m1, m5, m15, m11, m9, m14, m3, m12, m13, m0)
        v.round(m0, m1, m2, m3, m4, m5, m6, m7, m8, m9, m10, m11, m12, m13, m14, m15)
        v.round(m14, m10, m4, m8, m9, m15, m13, m6, m1, m12, m0, m2, m11, m7, m5, m3)
        state[0] ^= v.v0 ^ v.v8
        state[1] ^= v.v1 ^ v.v9
        state[2] ^= v.v2 ^ v.v10
        state[3] ^= v.v3 ^ v.v11
        state[4] ^= v.v4 ^ v.v12
        state[5] ^= v.v5 ^ v.v13
        state[6] ^= v.v6 ^ v.v14
        state[7] ^= v.v7 ^ v.v15
    }
}

/// BLAKE2b's 4 × 4 words, row by row; separate variables, so that they can stay in registers.
private struct Square {
    var v0, v1, v2, v3, v4, v5, v6, v7: UInt64
    var v8, v9, v10, v11, v12, v13, v14, v15: UInt64

    init(_ upper: [8 of UInt64], _ lower: [8 of UInt64]) {
        (v0, v1, v2, v3) = (upper[0], upper[1], upper[2], upper[3])
        (v4, v5, v6, v7) = (upper[4], upper[5], upper[6], upper[7])
        (v8, v9, v10, v11) = (lower[0], lower[1], lower[2], lower[3])
        (v12, v13, v14, v15) = (lower[4], lower[5], lower[6], lower[7])
    }

    /// Mixes the columns, then the diagonals.
    @inline(__always)
    mutating func round(
        _ m0: UInt64,
        _ m1: UInt64,
        _ m2: UInt64,
        _ m3: UInt64,
        _ m4: UInt64,
        _ m5: UInt64,
        _ m6: UInt64,
        _ m7: UInt64,
        _ m8: UInt64,
        _ m9: UInt64,
        _ m10: UInt64,
        _ m11: UInt64,
        _ m12: UInt64,
        _ m13: UInt64,
        _ m14: UInt64,
        _ m15: UInt64
    ) {
        mix(&v0, &v4, &v8, &v12, m0, m1)
        mix(&v1, &v5, &v9, &v13, m2, m3)
        mix(&v2, &v6, &v10, &v14, m4, m5)
        mix(&v3, &v7, &v11, &v15, m6, m7)
        mix(&v0, &v5, &v10, &v15, m8, m9)
        mix(&v1, &v6, &v11, &v12, m10, m11)
        mix(&v2, &v7, &v8, &v13, m12, m13)
        mix(&v3, &v4, &v9, &v14, m14, m15)
    }
}

/// The function G of RFC 7693, section 3.1.
@inline(__always)
private func mix(
    _ a: inout UInt64,
    _ b: inout UInt64,
    _ c: inout UInt64,
    _ d: inout UInt64,
    _ x: UInt64,
    _ y: UInt64
) {
    a = a &+ b &+ x
    d = rotated(d ^ a, 32)
    c = c &+ d
    b = rotated(b ^ c, 24)
    a = a &+ b &+ y
    d = rotated(d ^ a, 16)
    c = c &+ d
    b = rotated(b ^ c, 63)
}

@inline(__always)
private func rotated(_ word: UInt64, _ count: UInt64) -> UInt64 {
    word &>> count | word &<< (64 - count)
}
