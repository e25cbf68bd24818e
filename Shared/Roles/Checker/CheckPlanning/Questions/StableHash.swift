import Bytes

/// Hashes that depend only on their input: equal in every run and on every machine.
///
/// They spread questions over time and files over pieces; nobody gains from collisions.
package enum StableHash {
    /// Mixes the bits of a number (the finalizer of SplitMix64: Steele, Lea and Flood, 2014).
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    /// The FNV-1a hash of bytes, mixed, because its high bits alone are poor.
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        mix(FNV1a.hash(bytes))
    }

    /// A number from 0 up to, but not including, `limit`, which is positive.
    package static func number(_ hash: UInt64, below limit: Int64) -> Int64 {
        Int64(hash.multipliedFullWidth(by: UInt64(max(1, limit))).high)
    }
}
