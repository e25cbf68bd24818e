/// A reason why bytes are not usable file details.
package enum FileDetailsError: Error, Equatable, CustomStringConvertible {
    /// The first four bytes are not `FDTL`.
    case wrongMagic
    /// The details are of a version that this reader does not know.
    case unsupportedVersion(UInt16, newestSupported: UInt16)
    /// The bytes end before the named part does, or go on after the end.
    case wrongByteCount(expected: UInt64, actual: Int)
    /// The header is not what was written.
    case headerChecksumMismatch(expected: UInt32, actual: UInt32)
    /// What follows the header is not what was written.
    case bodyChecksumMismatch(expected: UInt32, actual: UInt32)
    /// Two paths have one hash under every seed that was tried: the same path was added twice.
    case duplicatePath

    package var description: String {
        switch self {
        case .wrongMagic: "no file details: they begin with \"FDTL\""
        case .unsupportedVersion(let version, let newest):
            "file details of version \(version), read here up to \(newest): deploy a newer release"
        case .wrongByteCount(let expected, let actual):
            "file details of \(actual) bytes, expected \(expected): fetch or build them again"
        case .headerChecksumMismatch(let expected, let actual):
            "the header of the file details is damaged: CRC-32 \(expected), found \(actual)"
        case .bodyChecksumMismatch(let expected, let actual):
            "the file details are damaged: CRC-32 \(expected), found \(actual)"
        case .duplicatePath: "a path has details twice"
        }
    }
}
