/// Why bytes are not usable health.
package enum HealthError: Error, Equatable {
    /// The bytes do not begin like health.
    case notHealth(magic: UInt32)
    /// This reader would misunderstand the version.
    case unsupportedVersion(UInt16, newestSupported: UInt16)
    /// The bytes end too early, or continue after the end.
    case wrongByteCount(expected: Int, actual: Int)
    case checksumMismatch(stored: UInt32, computed: UInt32)
    /// A section, or part of its content according to its header, is not inside the blob.
    case sectionOutOfBounds(kind: UInt32)
}
