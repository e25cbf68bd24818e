/// The algorithm of a digest; the raw value is its bit in a record of digests.
package enum DigestAlgorithm: UInt8, Hashable, Sendable, CaseIterable {
    case sha256 = 1
    case sha512 = 2
    /// BLAKE2b with 64 bytes (RFC 7693).
    case blake2b = 4

    package var byteCount: Int { self == .sha256 ? 32 : 64 }
}
