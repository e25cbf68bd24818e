import Catalogs
import HTTPTransport
import Hashing

/// A download of a small file, of which only the digests are kept.
final class ContentDownload {
    private var hashes: [(algorithm: Digests.Algorithm, hash: any StreamHash)]
    private var byteCount: UInt64 = 0
    /// The expected length; no more is read.
    private let limit: UInt64

    init(of algorithms: [Digests.Algorithm], limit: UInt64) {
        // One known digest of the file suffices.
        hashes = algorithms.prefix(1).map { ($0, $0.hash) }
        self.limit = limit
    }

    func receive(_ piece: WebClient.Piece) -> WebClient.Reception {
        guard piece.encoding == nil || piece.encoding == "identity" else { return .enough }
        byteCount += UInt64(piece.bytes.count)
        guard byteCount <= limit else { return .enough }
        for index in hashes.indices { unsafe hashes[index].hash.update(piece.bytes.span.bytes) }
        return .taken
    }

    /// The digests of the file; nil if the download differs in length or is something else.
    func digests(_ head: WebClient.Head) -> Digests? {
        guard head.status == 200, !head.isEncoded, byteCount == limit else { return nil }
        var found: [Digests.Algorithm: [UInt8]] = [:]
        for index in hashes.indices {
            found[hashes[index].algorithm] = hashes[index].hash.finalize()
        }
        return Digests(found)
    }
}
