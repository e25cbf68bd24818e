import Mirrors
import Testing

@Suite struct ClientNetworkTests {
    @Test(
        arguments: [
            ("192.0.2.0/24", "192.0.2.0/24"), ("192.0.2.7", "192.0.2.7/32"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8::/32", "2001:db8::/32"), ("2001:db8::1", "2001:db8::1/128"),
            ("::/0", "::/0"),
            ("AS64500", "AS64500"), ("as7", "AS7"), ("AS4294967295", "AS4294967295"),
            ("192.0.2.1/24", nil), ("192.0.2.0/33", nil), ("2001:db8::/129", nil), ("64500", nil),
            ("AS0", nil), ("AS4294967296", nil), ("AS", nil), ("", nil), ("192.0.2.0/", nil),
            ("192.0.2.0/+24", nil), ("192.0.2.0/24/1", nil), ("AS64500 ", nil),
            ("example.org", nil),
        ] as [(String, String?)]
    )
    func readsBlocksAndSystems(text: String, description: String?) {
        let network = ClientNetwork(text)
        #expect(network.map { "\($0)" } == description)
        // The written form is read as the same network.
        if let description { #expect(ClientNetwork(description) == network) }
    }

    @Test func aBlockHasTheAddressesOfItsFamily() throws {
        let block = try #require(IPNetwork("192.0.2.0/24"))
        for (text, isIn) in [
            ("192.0.2.0", true), ("192.0.2.255", true), ("192.0.3.0", false),
            ("::ffff:192.0.2.1", true),
            ("2001:db8::1", false),
        ] {
            #expect(block.contains(try #require(IPAddress(text))) == isIn, "\(text)")
        }
        let all = try #require(IPNetwork("::/0"))
        #expect(all.contains(try #require(IPAddress("2001:db8::1"))))
        #expect(!all.contains(try #require(IPAddress("192.0.2.1"))))
    }
}
