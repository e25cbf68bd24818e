/// A reason why bytes are not usable folder names.
package enum FolderNamesError: Error, Equatable, CustomStringConvertible {
    /// The first four bytes are not `FNAM`.
    case wrongMagic
    /// The names are of a version that this reader does not know.
    case unsupportedVersion(UInt16, newestSupported: UInt16)
    /// The bytes end before the named part does, or go on after the end.
    case wrongByteCount(expected: UInt64, actual: Int)
    /// The header is not what was written.
    case headerChecksumMismatch(expected: UInt32, actual: UInt32)
    /// What follows the header is not what was written.
    case bodyChecksumMismatch(expected: UInt32, actual: UInt32)
    /// A folder has a name twice, or two folders have one hash under every seed that was tried.
    case duplicatePath
    /// The names take more bytes than 32 bits count.
    case tooLong(byteCount: Int)

    package var description: String {
        switch self {
        case .wrongMagic: "no folder names: they begin with \"FNAM\""
        case .unsupportedVersion(let version, let newest):
            "folder names of version \(version), read here up to \(newest): deploy a newer release"
        case .wrongByteCount(let expected, let actual):
            "folder names of \(actual) bytes, expected \(expected): fetch or build them again"
        case .headerChecksumMismatch(let expected, let actual):
            "the header of the folder names is damaged: CRC-32 \(expected), found \(actual)"
        case .bodyChecksumMismatch(let expected, let actual):
            "the folder names are damaged: CRC-32 \(expected), found \(actual)"
        case .duplicatePath: "a path is in a folder twice"
        case .tooLong(let byteCount):
            "the names of the tree have \(byteCount) bytes, more than \(UInt32.max)"
        }
    }
}
