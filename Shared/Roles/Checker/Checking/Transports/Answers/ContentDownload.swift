import Catalogs
import HTTPTransport
import Hashing

/// A download of a small file, of which only the digest is kept.
final class ContentDownload {
    private let algorithm: Digests.Algorithm
    private var hash: any StreamHash
    private var byteCount: UInt64 = 0
    /// The expected length; no more is read.
    private let limit: UInt64

    init(by algorithm: Digests.Algorithm, limit: UInt64) {
        self.algorithm = algorithm
        hash = algorithm.hash
        self.limit = limit
    }

    func receive(_ piece: WebClient.Piece) -> WebClient.Reception {
        guard piece.encoding == nil || piece.encoding == "identity" else { return .enough }
        byteCount += UInt64(piece.bytes.count)
        guard byteCount <= limit else { return .enough }
        unsafe hash.update(piece.bytes.span.bytes)
        return .taken
    }

    /// The digest of the file; nil if the download differs in length or is something else.
    func digests(_ head: WebClient.Head) -> Digests? {
        guard head.status == 200, !head.isEncoded, byteCount == limit else { return nil }
        return Digests([algorithm: hash.finalize()])
    }
}
