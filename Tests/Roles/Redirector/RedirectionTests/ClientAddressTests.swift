import Redirection
import Testing

@Suite struct ClientAddressTests {
    private func client(
        peer: String,
        trusting proxies: String,
        _ headers: String...
    ) throws -> Client {
        let lines = headers.map { "\($0)\r\n" }.joined()
        let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n\(lines)\r\n".utf8)
        var parser = RequestParser()
        guard case .head(let head) = parser.parse(bytes.span) else {
            throw RequestError.malformedHeader
        }
        return ClientAddress.client(
            peer: IPAddress(peer),
            isPeerHTTPS: false,
            identity: head.identity,
            in: bytes.span,
            trusting: try #require(TrustedProxies(proxies))
        )
    }

    @Test(
        arguments: [
            ("192.0.2.1", true), ("192.0.2.1:4711", true), ("[192.0.2.1]", true),
            ("2001:db8::1", true), ("[2001:db8::1]", true), ("[2001:db8::1]:4711", true),
            ("::ffff:192.0.2.1", true), ("fe80::1%eth0", true), ("::", true),
            ("1:2:3:4:5:6:7:8", true), ("1:2:3:4:5:6:1.2.3.4", true), ("::1.2.3.4", true),
            ("", false), ("unknown", false), ("_hidden", false), ("192.0.2", false),
            ("192.0.2.256", false), ("192.0.2.01", false), ("1:2:3:4:5:6:7", false),
            ("1:2:3:4:5:6:7:8:9", false), ("1::2::3", false), ("2001:db8::1]:1", false),
            ("[2001:db8::1", false), ("192.0.2.1:", false), ("192.0.2.1:123456", false),
            ("1:2:3:4:5:6:7:1.2.3.4", false), (":1::2", false), ("12345::", false),
            ("1.2.3.4.5", false), ("localhost:80", false), ("1:", false),
            ("1:2:3:4:5:6:7::", true), ("::2:3:4:5:6:7:8", true), ("1::2:3:4:5:6:7:8", false),
        ] as [(String, Bool)]
    )
    func readsHops(text: String, isAddress: Bool) {
        #expect((ClientAddress.address(in: Array(text.utf8).span) != nil) == isAddress)
    }

    @Test func addressesAreNumbers() throws {
        #expect(IPAddress("192.0.2.1") == IPAddress(v4: 0xC000_0201))
        #expect(IPAddress("::ffff:192.0.2.1") == IPAddress(v4: 0xC000_0201))
        let six = IPAddress(high: 0x2001_0DB8_0000_0000, low: 1)
        #expect(IPAddress("2001:DB8::1") == six)
        #expect(IPAddress("2001:db8:0:0:0:0:0:1") == six)
        #expect(IPAddress("192.0.2.77")?.clientNetwork == IPAddress("192.0.2.0"))
        #expect(IPAddress("2001:db8:1:2:3::4")?.clientNetwork == IPAddress("2001:db8:1::"))
        #expect(six.network(prefixLength: 0) == IPAddress("::"))
        #expect(six.network(prefixLength: 128) == six)
    }

    /// A left-most hop that the client wrote itself must not be believed.
    @Test(
        arguments: [
            // The peer is nobody we know: its headers are its own invention.
            ("203.0.113.9", "10.0.0.0/8", "1.2.3.4", "203.0.113.9"),
            ("203.0.113.9", "", "1.2.3.4", "203.0.113.9"),
            ("10.0.0.1", "10.0.0.0/8", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.0/8", "1.2.3.4, 198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.0/8", "1.2.3.4, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.0/8", "10.1.1.1, 10.2.2.2", "10.1.1.1"),
            ("10.0.0.1", "10.0.0.0/8", "198.51.100.7:5555", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.0/8", "[2001:db8::7]:5555", "2001:db8::7"),
            ("10.0.0.1", "10.0.0.0/8", "1.2.3.4, unknown", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.0/8", "1.2.3.4, garbage, 10.2.2.2", "10.2.2.2"),
            ("10.0.0.1", "10.0.0.0/8", "1.2.3.4,", "10.0.0.1"),
            ("10.0.0.1", "10.0.0.0/8", "", "10.0.0.1"),
            ("::1", "::1", "198.51.100.7", "198.51.100.7"),
            ("10.0.0.1", "10.0.0.0/8,192.0.2.0/24", "1.1.1.1, 5.5.5.5, 192.0.2.9", "5.5.5.5"),
        ] as [(String, String, String, String)]
    )
    func findsTheRightMostUntrustedHop(
        peer: String,
        proxies: String,
        forwardedFor: String,
        expected: String
    ) throws {
        let client = try client(peer: peer, trusting: proxies, "X-Forwarded-For: \(forwardedFor)")
        #expect(client.address == IPAddress(expected))
    }

    @Test func walksOverSeveralLines() throws {
        let client = try client(
            peer: "10.0.0.1",
            trusting: "10.0.0.0/8",
            "X-Forwarded-For: 1.2.3.4, 198.51.100.7",
            "X-Forwarded-For: 10.3.3.3"
        )
        #expect(client.address == IPAddress("198.51.100.7"))
    }

    @Test func believesSchemeAndCountryOfTrustedHopsOnly() throws {
        let headers = ["X-Forwarded-Proto: https", "CF-IPCountry: de"]
        let trusted = try client(peer: "10.0.0.1", trusting: "10.0.0.0/8", headers[0], headers[1])
        #expect(trusted.isHTTPS)
        #expect(trusted.country == CountryLetters(Array("DE".utf8).span))
        let stranger = try client(peer: "8.8.8.8", trusting: "10.0.0.0/8", headers[0], headers[1])
        #expect(!stranger.isHTTPS)
        #expect(stranger.country == nil)
    }

    @Test(
        arguments: [
            (["CF-IPCountry: XX", "X-Country-Code: FR"], "FR"),
            (["CloudFront-Viewer-Country: uk"], "GB"),
            (["CF-IPCountry: T1"], nil),
            (["X-Country-Code: DEU"], nil),
            (["X-Country-Code: '1"], nil),
        ] as [([String], String?)]
    )
    func readsTheCountry(headers: [String], expected: String?) throws {
        let bytes = headers + Array(repeating: "A: b", count: 2 - headers.count)
        let client = try client(peer: "10.0.0.1", trusting: "10.0.0.0/8", bytes[0], bytes[1])
        #expect(client.country == expected.flatMap { CountryLetters(Array($0.utf8).span) })
    }

    @Test(
        arguments: [
            "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8/8", "10/8", "x", "::/129",
            "10.0.0.0/", "10.0.0.0/8;10.0.0.0/8",
        ]
    )
    func refusesBadProxyLists(text: String) {
        #expect(TrustedProxies(text) == nil)
    }
}
