import Bytes
package import Mirrors

/// Finds the client's address behind proxies.
///
/// Anybody can send X-Forwarded-For or Forwarded. So the search starts at the peer, whose address
/// the kernel vouches for, and moves left only while the hop that added the entry is trusted: the
/// right-most untrusted hop is the client. Anything that such a client wrote itself is further left
/// and is never read.
package enum ClientAddress {
    /// The client of a request from `peer`; `isHTTPS` tells whether the peer's connection is
    /// encrypted.
    ///
    /// `fields` is what a trusted peer says about the client, as ranges of `bytes`; nil if the peer
    /// is not trusted.
    package static func client(
        peer: IPAddress?,
        isPeerHTTPS: Bool,
        _ fields: ForwardedFields?,
        in bytes: Span<UInt8>,
        trusting proxies: TrustedProxies
    ) -> Client {
        var client = Client(address: peer, isHTTPS: isPeerHTTPS)
        guard let fields, let peer else { return client }
        // A proxy that writes one of these headers passes the other on as the client sent it.
        let areForwarded = fields.forwardedFor.count == 0 && fields.forwarded.count > 0
        client.address = hop(
            before: peer,
            areForwarded ? fields.forwarded : fields.forwardedFor,
            areForwarded: areForwarded,
            in: bytes,
            trusting: proxies
        )
        if let isHTTPS = fields.isHTTPS { client.isHTTPS = isHTTPS }
        for index in 0..<ClientHeaders.limit {
            if let country = CountryLetters(bytes.extracting(fields.country(at: index))) {
                client.country = country
                break
            }
        }
        client.place = fields.place(in: bytes)
        client.system = fields.system(in: bytes)
        return client
    }

    /// The right-most hop that is not trusted, or the left-most if all are; `lines` are lines of
    /// `Forwarded` (RFC 7239) or lists of addresses.
    ///
    /// Anything but an address ends the search: what is left of it comes from an unknown source.
    private static func hop(
        before peer: IPAddress,
        _ lines: ForwardedFields.Lines,
        areForwarded: Bool,
        in bytes: Span<UInt8>,
        trusting proxies: TrustedProxies
    ) -> IPAddress {
        var client = peer
        var line = lines.count
        while line > 0 {
            line -= 1
            let text = bytes.extracting(lines[line])
            let elements = ForwardedElements(text)
            var end = text.count
            while end >= 0 {
                let start = elements.startOfElement(before: end, mayQuote: areForwarded)
                let range =
                    areForwarded
                    ? elements.address(in: start..<end) : text.trimmed(start..<end)
                guard let range, let address = address(in: text.extracting(range)) else {
                    return client
                }
                client = address
                guard proxies.contains(address) else { return client }
                end = start - 1
            }
        }
        return client
    }

    /// The address of one hop: `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`,
    /// `[2001:db8::1]:4711`.
    package static func address(in text: Span<UInt8>) -> IPAddress? {
        guard let first = text.isEmpty ? nil : text[0] else { return nil }
        if first == UInt8(ascii: "[") {
            var end = 1
            while end < text.count, text[end] != UInt8(ascii: "]") { end += 1 }
            guard end < text.count, isPort(text.extracting(end + 1..<text.count)) else {
                return nil
            }
            return IPAddress(parsing: text.extracting(1..<end))
        }
        if let address = IPAddress(parsing: text) { return address }
        var colon = 0
        while colon < text.count, text[colon] != UInt8(ascii: ":") { colon += 1 }
        guard colon < text.count, isPort(text.extracting(colon..<text.count)),
            let address = IPAddress(parsing: text.extracting(0..<colon)), address.isIPv4
        else { return nil }
        return address
    }

    /// Empty, or a colon and one to five digits.
    private static func isPort(_ text: Span<UInt8>) -> Bool {
        if text.isEmpty { return true }
        guard text[0] == UInt8(ascii: ":"), (2...6).contains(text.count) else { return false }
        for index in 1..<text.count where !(0x30...0x39).contains(text[index]) { return false }
        return true
    }
}
