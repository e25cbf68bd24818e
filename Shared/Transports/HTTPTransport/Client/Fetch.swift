package import URLs

/// The body at `url`, an http or https URL, fetched with GET.
///
/// Blocks until the body is complete. Follows at most five redirects, to http or https, but never
/// from https to http, because a list that is published over TLS must not be read in the clear. TLS
/// is verified against the system's authorities. At most `maximumByteCount` bytes are kept, and
/// `timeoutSeconds` limits each request of the chain, including its connection.
package func fetch(
    url: PrivateURL,
    maximumByteCount: Int,
    timeoutSeconds: Int
) throws(HTTPTransportError) -> [UInt8] {
    let client = HTTPClient()
    let seconds = Double(timeoutSeconds)
    let patience = Patience(connectSeconds: seconds, stallSeconds: seconds, totalSeconds: seconds)

    // libcurl can follow redirects itself, but cannot be told never to go from https to http.
    let redirectLimit = 5
    var next = url
    for _ in 0...redirectLimit {
        try refuseUnlessWeb(next)
        let response = try client.send(
            HTTPRequest(.get, next),
            patience: patience,
            maximumByteCount: maximumByteCount
        )
        guard let target = response.redirectTarget.map(PrivateURL.init) else {
            guard response.status == 200 else {
                throw .unexpectedStatus(url: next, status: response.status)
            }
            return response.body
        }
        if isHTTPS(next), !isHTTPS(target) {
            throw .refusedURL(target, reason: "\(next), which is https, redirects there")
        }
        next = target
    }
    throw .tooManyRedirects(url: url, limit: redirectLimit)
}

private func isHTTPS(_ url: PrivateURL) -> Bool {
    url.exposed.prefix(8).lowercased() == "https://"
}

private func refuseUnlessWeb(_ url: PrivateURL) throws(HTTPTransportError) {
    guard isHTTPS(url) || url.exposed.prefix(7).lowercased() == "http://" else {
        throw .refusedURL(url, reason: "expected http:// or https://")
    }
}
