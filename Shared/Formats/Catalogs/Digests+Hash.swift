package import Hashing

extension Digests.Algorithm {
    /// A hash that computes digests of this algorithm.
    package var hash: any StreamHash {
        switch self {
        case .sha256: SHA256()
        case .sha512: SHA512()
        case .blake2b: BLAKE2b()
        }
    }
}
