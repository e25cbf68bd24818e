/// The hash by which a map knows a path: wyhash (Wang Yi, final version 4.2, with its default
/// secret and without its protection of products).
///
/// It multiplies to 128 bits, 16 bytes at a time, reads the last bytes again together instead of
/// one by one, and passes SMHasher, so that two paths collide in all 64 bits only by chance. With
/// XXH64 a look-up took a quarter longer, mostly because of branches that are mispredicted for the
/// length of a path. It is no protection against attackers who search for collisions: an unknown
/// path that a map takes for known is answered with a 404 by a mirror instead of by the fallback.
package enum PathHash {
    private static let secret0: UInt64 = 0x2D35_8DCC_AA6C_78A5
    private static let secret1: UInt64 = 0x8BB8_4B93_962E_ACC9
    private static let secret2: UInt64 = 0x4B33_A62E_D433_D4A3
    private static let secret3: UInt64 = 0x4D5A_2DA5_1DE1_AA47

    /// The hash of `bytes` with `seed`.
    package static func hash(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        let count = bytes.byteCount
        var hash = seed ^ folded(seed ^ secret0, secret1)
        var head: UInt64 = 0
        var tail: UInt64 = 0
        if count > 16 {
            var offset = 0
            if count >= 48 {
                var lane1 = hash
                var lane2 = hash
                while count &- offset >= 48 {
                    hash = round(bytes, offset, secret1, hash)
                    lane1 = round(bytes, offset + 16, secret2, lane1)
                    lane2 = round(bytes, offset + 32, secret3, lane2)
                    offset &+= 48
                }
                hash ^= lane1 ^ lane2
            }
            while count &- offset > 16 {
                hash = round(bytes, offset, secret1, hash)
                offset &+= 16
            }
            head = word(bytes, count &- 16)
            tail = word(bytes, count &- 8)
        } else if count >= 4 {
            let middle = count / 8 * 4
            head = half(bytes, 0) << 32 | half(bytes, middle)
            tail = half(bytes, count - 4) << 32 | half(bytes, count - 4 - middle)
        } else if count > 0 {
            head = byte(bytes, 0) << 16 | byte(bytes, count >> 1) << 8 | byte(bytes, count - 1)
        }
        let product = (head ^ secret1).multipliedFullWidth(by: tail ^ hash)
        let length = UInt64(truncatingIfNeeded: count)
        return folded(product.low ^ secret0 ^ length, product.high ^ secret1)
    }

    /// The XOR of both halves of a 128-bit product.
    @inline(__always)
    static func folded(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low
    }

    @inline(__always)
    private static func round(
        _ bytes: RawSpan,
        _ offset: Int,
        _ secret: UInt64,
        _ lane: UInt64
    ) -> UInt64 {
        folded(word(bytes, offset) ^ secret, word(bytes, offset &+ 8) ^ lane)
    }

    /// The eight bytes at `offset`, which the caller knows to exist.
    @inline(__always)
    private static func word(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        bytes.integer(at: offset, as: UInt64.self) ?? 0
    }

    @inline(__always)
    private static func half(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(bytes.integer(at: offset, as: UInt32.self) ?? 0)
    }

    @inline(__always)
    private static func byte(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
        UInt64(bytes.integer(at: offset, as: UInt8.self) ?? 0)
    }
}
