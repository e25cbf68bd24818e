import Bytes
import Mirrors
import URLs

// Requests that the fallback host should answer.
extension Responder {
    /// Whether the request is for the fallback host's URL.
    ///
    /// If only the scheme differs, another server may be there, or a proxy did not report the
    /// client's scheme: the redirect is sent.
    func leadsBack(_ request: borrowing ReceivedRequest, _ client: Client) -> Bool {
        let match = fallback.match(
            host: request.bytes.extracting(request.head.host),
            path: target.path,
            isHTTPS: client.isHTTPS
        )
        if match != .none { fallbackWatch?.noteOwnURL() }
        guard match != .whole else { return true }
        if let fallbackWatch, let address = client.address {
            let key = Rendezvous.key(network: address, path: target.path.span)
            fallbackWatch.noteRedirect(of: key, now: request.now)
        }
        return false
    }

    /// The encoded path, and the query as received.
    func encodedTargetAndQuery(of request: borrowing ReceivedRequest) -> [UInt8] {
        var encoded = target.encoded.array
        if let range = target.query, !range.isEmpty {
            encoded.append(UInt8(ascii: "?"))
            PercentEncoding.append(query: request.target.extracting(range), to: &encoded)
        }
        return encoded
    }
}
