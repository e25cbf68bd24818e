import Testing

@testable import HTTPTransport

/// Permitted targets of redirects: the limits of each range, in every notation of addresses.
@Suite struct AddressRuleTests {
    @Test(arguments: [
        ("192.0.2.1", AddressKind.global), ("9.255.255.255", .global), ("11.0.0.0", .global),
        ("172.15.255.255", .global), ("172.32.0.0", .global), ("100.63.255.255", .global),
        ("100.128.0.0", .global), ("223.255.255.255", .global), ("169.253.255.255", .global),
        ("0.0.0.0", .local), ("10.0.0.0", .local), ("10.255.255.255", .local),
        ("127.0.0.1", .local), ("172.16.0.0", .local), ("172.31.255.255", .local),
        ("192.168.0.1", .local), ("100.64.0.0", .local), ("100.127.255.255", .local),
        ("169.254.0.0", .link), ("169.254.169.254", .link), ("224.0.0.1", .link),
        ("255.255.255.255", .link),
    ])
    func addressesOfIPv4AreSortedByTheirNetwork(text: String, kind: AddressKind) {
        #expect(AddressKind(text) == kind)
        // The same address within IPv6: mapped, compatible, translated, and 6to4.
        #expect(AddressKind("::ffff:\(text)") == kind)
        #expect(AddressKind("64:ff9b::\(text)") == kind)
        let bytes = text.split(separator: ".").compactMap { UInt8($0) }
        #expect(AddressKind(bytes) == kind)
        #expect(AddressKind([UInt8](repeating: 0, count: 12) + bytes) == kind)
        #expect(AddressKind([0x20, 0x02] + bytes + [UInt8](repeating: 0, count: 10)) == kind)
    }

    @Test(arguments: [
        ("2001:db8::1", AddressKind.global), ("::1", .local), ("::", .local), ("fc00::1", .local),
        ("fdff::1", .local), ("fec0::1", .local), ("fe80::1", .link), ("fe80::1%eth0", .link),
        ("febf::1", .link), ("ff02::1", .link),
    ])
    func addressesOfIPv6AreSortedByTheirNetwork(text: String, kind: AddressKind) {
        #expect(AddressKind(text) == kind)
    }

    @Test(arguments: ["", "mirror.example.org", "10.0.0", "10.0.0.256", "::g", "1.2.3.4.5"])
    func namesAndHalfAddressesAreNone(text: String) {
        #expect(AddressKind(text) == nil)
    }

    @Test func otherCountsOfBytesAreNoAddress() {
        for count in [0, 3, 5, 15, 17] {
            #expect(AddressKind([UInt8](repeating: 10, count: count)) == nil)
        }
    }

    @Test func eachRuleAllowsWhatItsConnectionIsFor() {
        let kinds: [AddressKind] = [.global, .local, .link]
        #expect(kinds.map(AddressRule.ownHost.allows) == [true, true, false])
        #expect(kinds.map(AddressRule.publicOnly.allows) == [true, false, false])
        #expect(kinds.map(AddressRule.proxied.allows) == [true, true, true])
    }
}

@Suite struct WebURLTests {
    /// Addresses as libcurl would connect to them, however they are written.
    @Test(arguments: [
        ("http://Example.ORG/a/b", "http", "example.org", "80", "/a/b"),
        ("https://example.org", "https", "example.org", "443", "/"),
        ("http://example.org:8080/?q#f", "http", "example.org", "8080", "/"),
        ("http://2130706433/x", "http", "127.0.0.1", "80", "/x"),
        ("http://[2001:DB8::1]:81/", "http", "2001:db8::1", "81", "/"),
        ("http://user:secret@example.org/x", "http", "example.org", "80", "/x"),
    ])
    func partsAreThoseThatLibcurlWouldUse(
        text: String,
        scheme: String,
        host: String,
        port: String,
        path: String
    ) throws {
        let url = try #require(WebURL(text))
        #expect([url.scheme, url.host, url.port, url.path] == [scheme, host, port, path])
        #expect(url.isTLS == (scheme == "https"))
    }

    @Test(arguments: ["", "http://", "http://exa mple.org/", "http://example.org:99999/"])
    func whatLibcurlRefusesIsNoURL(text: String) {
        #expect(WebURL(text) == nil)
    }

    @Test(arguments: [
        ("http://h/a/b%2Bc", "b+c"), ("http://h/a/b/", "b"), ("http://h/", ""),
        ("http://h/%41", "A"),
    ])
    func theLastComponentIsDecoded(text: String, name: String) throws {
        #expect(try #require(WebURL(text)).lastComponent == Array(name.utf8))
    }

    @Test func signaturesKeepTheirSecretsFromEveryText() {
        let signature = RequestSignature(
            accessKey: "AKIA",
            secretKey: "secret",
            sessionToken: "token",
            region: "eu-1",
            service: "s3"
        )
        #expect("\(signature)" == "signature for s3 in eu-1")
        let texts = [String(describing: signature), String(reflecting: signature)]
        for secret in ["AKIA", "secret", "token"] {
            #expect(texts.allSatisfy { !$0.contains(secret) })
        }
    }
}
