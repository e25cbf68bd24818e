import RegionMapFormat

/// A set of paths with about twelve bits each; see ``PathFilterView``, which reads it.
package struct PathFilter: Hashable, Sendable {
    /// The bits, lowest of each byte first.
    package let bits: [UInt8]

    /// The filter with these bits, in the blob's form.
    package init(bits: [UInt8]) {
        self.bits = bits
    }

    /// The set of the paths with these hashes; see ``hash(of:)``.
    package init(hashes: [UInt64]) {
        var bits = [UInt8](
            repeating: 0,
            // At least two bytes, so that a single path does not fill them all.
            count: max(2, (hashes.count * PathFilterView.bitsPerPath + 7) / 8)
        )
        for hash in hashes {
            for number in 0..<PathFilterView.probeCount {
                let bit = PathFilterView.bit(number, of: hash, UInt64(bits.count) * 8)
                bits[Int(bit >> 3)] |= 1 << UInt8(bit & 7)
            }
        }
        self.bits = bits
    }

    /// The set of `paths` in the form of a region map: without a leading slash, and a directory's
    /// with a trailing one.
    package init(_ paths: some Sequence<ArraySlice<UInt8>>) {
        self.init(hashes: paths.map { Self.hash(of: $0) })
    }

    /// The hash of a path in the set.
    package static func hash(of path: ArraySlice<UInt8>) -> UInt64 {
        unsafe PathFilterView.hash(of: path.span.bytes)
    }

    /// Whether the path with this hash may be in the set.
    package func contains(_ hash: UInt64) -> Bool {
        unsafe PathFilterView(bits.span.bytes).contains(hash)
    }
}
