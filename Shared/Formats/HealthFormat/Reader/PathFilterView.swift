import RegionMapFormat

/// A set of paths, as a Bloom filter (Bloom, "Space/Time Trade-offs in Hash Coding with Allowable
/// Errors", 1970) over their hashes: members are always found, and about one in 300 other paths as
/// well.
///
/// Eight bits represent each path, determined by double hashing (Kirsch and Mitzenmacher, "Less
/// Hashing, Same Performance", 2006). FORMAT.md has the numbers.
package struct PathFilterView: ~Escapable {
    package static let probeCount: UInt32 = 8
    /// The number of bits for each path; a filter with few paths has up to sixteen.
    package static let bitsPerPath = 12

    private let bits: RawSpan

    @_lifetime(copy bits)
    package init(_ bits: RawSpan) {
        self.bits = bits
    }

    /// The hash of a path in filters: without a leading slash, and a directory's with a trailing
    /// one.
    package static func hash(of path: RawSpan) -> UInt64 {
        PathHash.hash(path, seed: 0)
    }

    /// Whether the path with this hash may be in the set; false for an empty filter.
    package func contains(_ hash: UInt64) -> Bool {
        let bitCount = UInt64(clamping: bits.byteCount) &* 8
        guard bitCount > 0, bitCount <= UInt64(UInt32.max) else { return false }
        for number in 0..<Self.probeCount {
            let bit = Self.bit(number, of: hash, bitCount)
            guard bits.byte(at: Int(truncatingIfNeeded: bit &>> 3)) &>> UInt8(bit & 7) & 1 == 1
            else { return false }
        }
        return true
    }

    /// The bit for `hash` in the probe `number`; less than `bitCount`.
    package static func bit(_ number: UInt32, of hash: UInt64, _ bitCount: UInt64) -> UInt64 {
        let first = UInt32(truncatingIfNeeded: hash)
        let step = UInt32(truncatingIfNeeded: hash &>> 32) | 1
        // The high half of a product maps 32 bits to the range without a division.
        return (UInt64(first &+ number &* step) &* bitCount) &>> 32
    }
}

extension RawSpan {
    /// The byte at `offset`; 0 outside these bytes.
    fileprivate func byte(at offset: Int) -> UInt8 {
        guard offset >= 0, offset < byteCount else { return 0 }
        return unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
