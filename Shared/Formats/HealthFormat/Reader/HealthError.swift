/// A reason why bytes are not usable health.
package enum HealthError: Error, Equatable {
    /// The bytes do not begin as health does.
    case notHealth(magic: UInt32)
    /// Health that a reader of this version would misunderstand.
    case unsupportedVersion(UInt16, newestSupported: UInt16)
    /// The bytes end before the health does, or go on behind it.
    case wrongByteCount(expected: Int, actual: Int)
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// A section, or what its header says is in it, is not inside of the blob.
    case sectionOutOfBounds(kind: UInt32)
}
