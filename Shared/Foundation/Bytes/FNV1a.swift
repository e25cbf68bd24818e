/// FNV-1a with 64 bits (Fowler, Noll and Vo): a short hash that is equal in every run and on every
/// machine.
///
/// It detects accidents and spreads work; it is no protection against attacks.
@usableFromInline
package enum FNV1a {
    /// The hash of `bytes`; its high bits alone are poor.
    ///
    /// Inlinable, because trees have hundreds of thousands of names to hash.
    @inlinable
    package static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }
}
