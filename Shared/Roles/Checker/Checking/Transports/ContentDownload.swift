import Catalogs
import HTTPTransport
import Hashing

/// A small file on its way, of which only the digests are kept.
final class ContentDownload {
    private var hashes: [(algorithm: Digests.Algorithm, hash: any StreamHash)]
    private var byteCount: UInt64 = 0
    /// How long the file should be; more is not read.
    private let limit: UInt64

    init(of algorithms: [Digests.Algorithm], limit: UInt64) {
        // One that is known of the file is enough.
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

    /// Those of the file; nil where what came is not as long as it, or something else.
    func digests(_ head: WebClient.Head) -> Digests? {
        guard head.status == 200, !head.isEncoded, byteCount == limit else { return nil }
        var found: [Digests.Algorithm: [UInt8]] = [:]
        for index in hashes.indices {
            found[hashes[index].algorithm] = hashes[index].hash.finalize()
        }
        return Digests(found)
    }
}
