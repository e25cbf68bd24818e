import Bytes
import FileDetailsFormat
import Mirrors
import Redirection

/// The digest of one file in the format that `sha256sum --check` and the like read.
struct DigestText {
    let path: [UInt8]
    let algorithm: DigestAlgorithm
    let facts: FileFacts?

    /// The line `DIGEST  NAME`, or nil if the digest is unknown.
    ///
    /// A path never contains a newline, the only byte besides the backslash that these programs
    /// escape; a backslash stands for itself unless the line begins with one.
    var bytes: [UInt8]? {
        guard let digest = facts?.digests.first(where: { $0.algorithm == algorithm }) else {
            return nil
        }
        var line = Array(digest.hex.utf8)
        line.append("  ")
        line += TreePath(bytes: path).name
        line.append("\n")
        return line
    }
}

extension Page {
    /// The algorithm of the requested digest; nil for another page.
    var digestAlgorithm: DigestAlgorithm? {
        switch self {
        case .sha256: .sha256
        case .sha512: .sha512
        case .blake2b: .blake2b
        default: nil
        }
    }
}
