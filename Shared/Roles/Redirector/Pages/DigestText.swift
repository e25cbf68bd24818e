import Bytes
import FileDetailsFormat
import Mirrors
import Redirection

/// The digest of one file as `sha256sum --check` and its sisters read it.
struct DigestText {
    let path: [UInt8]
    let algorithm: DigestAlgorithm
    let facts: FileFacts?

    /// The line `DIGEST  NAME`, or nil where the digest is not known.
    ///
    /// A path holds no line's end, the only byte but a backslash for which these programs have
    /// escapes; a backslash is itself in lines that do not begin with one.
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
    /// The algorithm of the digest that is asked for; nil for another page.
    var digestAlgorithm: DigestAlgorithm? {
        switch self {
        case .sha256: .sha256
        case .sha512: .sha512
        case .blake2b: .blake2b
        default: nil
        }
    }
}
