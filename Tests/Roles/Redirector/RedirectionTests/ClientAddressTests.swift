import Mirrors
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
        let trusted = try #require(TrustedProxies(proxies))
        let address = try #require(IPAddress(peer))
        let fields =
            trusted.contains(address)
            ? ForwardedFields(head, in: bytes.span) : nil
        return ClientAddress.client(
            peer: address,
            isPeerHTTPS: false,
            fields,
            in: bytes.span,
            trusting: trusted
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

    /// A left-most hop that the client itself wrote must not be believed.
    @Test(
        arguments: [
            // The peer is not a trusted proxy: it may have invented its headers.
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

    /// The nearest hop's entry is on the right, whatever quote a client left open on the left.
    @Test(
        arguments: [
            ("for=198.51.100.7", "198.51.100.7"),
            ("For=198.51.100.7;proto=https;by=10.0.0.1", "198.51.100.7"),
            ("proto=https; for = 198.51.100.7", "10.0.0.1"),
            ("for=\"[2001:db8::7]:5555\"", "2001:db8::7"),
            ("for=1.2.3.4, for=\"198.51.100.7:80\", for=10.9.9.9", "198.51.100.7"),
            ("for=\"1.2.3.4, for=198.51.100.7", "198.51.100.7"),
            ("for=\"a, b\", for=10.9.9.9", "10.9.9.9"),
            ("for=1.2.3.4, for=unknown", "10.0.0.1"),
            ("for=1.2.3.4, for=_hidden", "10.0.0.1"),
            ("for=1.2.3.4, proto=https", "10.0.0.1"),
            ("for=1.2.3.4,", "10.0.0.1"),
            ("for=10.1.1.1,for=10.2.2.2", "10.1.1.1"),
            ("for=", "10.0.0.1"), ("for", "10.0.0.1"), ("", "10.0.0.1"), ("\"", "10.0.0.1"),
        ] as [(String, String)]
    )
    func readsForwardedAsTheOtherHeader(forwarded: String, expected: String) throws {
        let client = try client(
            peer: "10.0.0.1",
            trusting: "10.0.0.0/8",
            "Forwarded: \(forwarded)"
        )
        #expect(client.address == IPAddress(expected))
    }

    /// A proxy that writes X-Forwarded-For passes on a Forwarded header as the client sent it.
    @Test func forwardedCountsWhereNoHopWritesTheOtherHeader() throws {
        let both = try client(
            peer: "10.0.0.1",
            trusting: "10.0.0.0/8",
            "X-Forwarded-For: 198.51.100.7",
            "Forwarded: for=1.2.3.4"
        )
        #expect(both.address == IPAddress("198.51.100.7"))
        let lines = try client(
            peer: "10.0.0.1",
            trusting: "10.0.0.0/8",
            "Forwarded: for=1.2.3.4, for=198.51.100.7",
            "Forwarded: for=10.3.3.3"
        )
        #expect(lines.address == IPAddress("198.51.100.7"))
        let stranger = try client(peer: "8.8.8.8", trusting: "10.0.0.0/8", "Forwarded: for=1.2.3.4")
        #expect(stranger.address == IPAddress("8.8.8.8"))
    }

    @Test(
        arguments: [
            (["CloudFront-Viewer-Latitude: 50.1", "CloudFront-Viewer-Longitude: 8.7"], true),
            (["cf-iplongitude: 8.7", "CF-IPLatitude: 50.1"], true),
            (["CF-IPLatitude: 50.1", "CloudFront-Viewer-Longitude: 8.7"], false),
            (["CF-IPLatitude: 50.1", "CF-IPLongitude: east"], false),
            (["CF-IPLatitude: 91", "CF-IPLongitude: 8.7"], false),
            (["CF-IPLatitude: 50.1", "A: b"], false),
        ] as [([String], Bool)]
    )
    func aTrustedHopTellsThePlace(headers: [String], isTold: Bool) throws {
        let trusted = try client(
            peer: "10.0.0.1",
            trusting: "10.0.0.0/8",
            headers[0],
            headers[1]
        )
        let place = GlobePoint(latitude: 50.1, longitude: 8.7)
        #expect(trusted.place == (isTold ? place : nil))
        let stranger = try client(
            peer: "8.8.8.8",
            trusting: "10.0.0.0/8",
            headers[0],
            headers[1]
        )
        #expect(stranger.place == nil)
    }

    @Test(
        arguments: [
            ("64500", 64_500), ("AS64500", 64_500), ("as7", 7), ("4294967295", 4_294_967_295),
            ("0", nil), ("", nil), ("AS", nil), ("4294967296", nil), ("-1", nil), ("64500, 7", nil),
            ("ASAS7", nil), ("99999999999999999999", nil),
        ] as [(String, UInt32?)]
    )
    func aTrustedHopTellsTheNetwork(text: String, number: UInt32?) throws {
        let header = "CloudFront-Viewer-ASN: \(text)"
        let trusted = try client(peer: "10.0.0.1", trusting: "10.0.0.0/8", header)
        #expect(trusted.system == number)
        let stranger = try client(peer: "8.8.8.8", trusting: "10.0.0.0/8", header)
        #expect(stranger.system == nil)
    }

    @Test func theOperatorNamesTheHeadersOfPlaceAndNetwork() throws {
        let headers = ClientHeaders(
            places: [
                ClientHeaders.Place(
                    latitude: try #require(FieldName("Fastly-Geo-Lat")),
                    longitude: try #require(FieldName("Fastly-Geo-Lon"))
                )
            ],
            system: try #require(FieldName("Fastly-Geo-ASN"))
        )
        let place = GlobePoint(latitude: 50.1, longitude: 8.7)
        let (named, bytes) = try fields(
            "fastly-geo-LAT: 50.1\r\nFASTLY-geo-lon: 8.7\r\nFastly-Geo-ASN: AS7\r\n",
            headers
        )
        #expect(named.place(in: bytes.span) == place)
        #expect(named.system(in: bytes.span) == 7)
        // Then clients may send the usual ones.
        let (usual, others) = try fields(
            "CF-IPLatitude: 50.1\r\nCF-IPLongitude: 8.7\r\nCloudFront-Viewer-ASN: 7\r\n",
            headers
        )
        #expect(usual.place(in: others.span) == nil)
        #expect(usual.system(in: others.span) == nil)
    }

    @Test(
        arguments: [
            (["X-Forwarded-Proto: https"], true), (["X-Forwarded-Proto: HTTPS"], true),
            (["X-Forwarded-Proto: https, https"], true), (["X-Forwarded-Proto: https,http"], true),
            (["X-Forwarded-Proto: http , https"], true), (["X-Forwarded-Proto: http"], false),
            (["X-Forwarded-Proto: https", "X-Forwarded-Proto: http"], true),
            (["X-Forwarded-Proto: http", "X-Forwarded-Proto: https"], true),
            (["X-Forwarded-Proto: httpsx"], false), (["X-Forwarded-Proto: "], false),
            (["Forwarded: for=1.2.3.4;proto=https"], true), (["Forwarded: proto=HTTPS"], true),
            (["Forwarded: Proto=\"https\";for=1.2.3.4"], true), (["Forwarded: proto=http"], false),
            (["Forwarded: proto=https, for=1.2.3.4;proto=http"], true),
            (["Forwarded: for=1.2.3.4, proto=https"], true),
            (["Forwarded: xproto=https"], false), (["Forwarded: host=https"], false),
            (["X-Forwarded-Proto: http", "Forwarded: proto=https"], true),
            (["X-Forwarded-Proto: https", "Forwarded: proto=http"], true),
        ] as [([String], Bool)]
    )
    func anyHopThatSaysHTTPSIsBelieved(headers: [String], isHTTPS: Bool) throws {
        let lines = headers + Array(repeating: "A: b", count: 2 - headers.count)
        let trusted = try client(peer: "10.0.0.1", trusting: "10.0.0.0/8", lines[0], lines[1])
        #expect(trusted.isHTTPS == isHTTPS)
        let stranger = try client(peer: "8.8.8.8", trusting: "10.0.0.0/8", lines[0], lines[1])
        #expect(!stranger.isHTTPS)
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

    // MARK: Headers

    private func fields(
        _ lines: String,
        _ headers: ClientHeaders = ClientHeaders()
    ) throws -> (ForwardedFields, bytes: [UInt8]) {
        let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\n\(lines)\r\nX-Forwarded-For: body".utf8)
        var parser = RequestParser()
        guard case .head(let head) = parser.parse(bytes.span) else {
            throw RequestError.malformedHeader
        }
        return (ForwardedFields(head, in: bytes.span, headers), bytes)
    }

    @Test func findsTheHeadersInAnyCaseAndOrder() throws {
        let (fields, bytes) = try fields(
            "X-Forwarded-For: 1.2.3.4\r\nx-forwarded-for:\t5.6.7.8 \r\nA: tab\there\r\n"
                + "X-Country-Code: IT\r\nCF-IPCountry: DE\r\ncloudFront-viewer-country: FR\r\n"
        )
        func value(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
        #expect(fields.forwardedFor.count == 2)
        #expect(value(fields.forwardedFor[0]) == "1.2.3.4")
        #expect(value(fields.forwardedFor[1]) == "5.6.7.8")
        #expect((0..<3).map { value(fields.country(at: $0)) } == ["DE", "FR", "IT"])
    }

    @Test func keepsTheNearestForwardedForLines() throws {
        let lines = (0..<20).map { "X-Forwarded-For: 10.0.0.\($0)\r\n" }.joined()
        let (fields, bytes) = try fields(lines)
        #expect(fields.forwardedFor.count == 8)
        #expect(bytes[fields.forwardedFor[7]].elementsEqual("10.0.0.19".utf8))
    }

    @Test func readsTheCountryFromTheHeaderThatTheOperatorNames() throws {
        let name = try #require(FieldName("X-Geo"))
        let (fields, bytes) = try fields(
            "CF-IPCountry: DE\r\nx-gEO: FR\r\n",
            ClientHeaders(countries: [name])
        )
        #expect(bytes[fields.country(at: 0)].elementsEqual("FR".utf8))
        #expect(fields.country(at: 1).isEmpty)
    }

    @Test(arguments: ["", "a b", "a:", "ä", String(repeating: "x", count: 27)])
    func refusesWhatIsNoNameOfAHeader(text: String) {
        #expect(FieldName(text) == nil)
    }
}
