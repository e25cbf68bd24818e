import HTTPTransport
import Testing

@Suite struct ProxyEnvironmentTests {
    static func proxies(_ variables: [String: String]) -> ProxyEnvironment {
        ProxyEnvironment { variables[$0] }
    }

    @Test func withoutVariablesNothingGoesThroughAProxy() {
        #expect(!Self.proxies([:]).isUsed)
        #expect(!Self.proxies(["http_proxy": "", "no_proxy": "x"]).isUsed)
        // A variable that a CGI program gets from a client is not believed.
        #expect(!Self.proxies(["HTTP_PROXY": "http://evil.example/"]).isUsed)
    }

    @Test func eachSchemeHasItsProxy() {
        let proxies = Self.proxies(["http_proxy": "http://a:3128", "HTTPS_PROXY": "http://b:3128"])
        #expect(proxies.proxy(for: "http", "m.example") == "http://a:3128")
        #expect(proxies.proxy(for: "https", "m.example") == "http://b:3128")
        let all = Self.proxies(["all_proxy": "socks5://c", "http_proxy": "http://a:3128"])
        #expect(all.proxy(for: "http", "m.example") == "http://a:3128")
        #expect(all.proxy(for: "https", "m.example") == "socks5://c")
        #expect(Self.proxies(["http_proxy": "http://a"]).proxy(for: "https", "m.example") == nil)
    }

    @Test(arguments: [
        ("example", "m.example", true), (".example", "m.example", true),
        ("m.example", "m.example", true),
        ("a, M.Example,b", "m.example", true), ("*", "m.example", true),
        ("example", "mexample", false),
        ("x.example", "m.example", false), ("", "m.example", false),
        ("127.0.0.1", "127.0.0.1", true),
    ])
    func exceptionsGoThereThemselves(exceptions: String, host: String, isException: Bool) {
        let proxies = Self.proxies(["http_proxy": "http://a:3128", "no_proxy": exceptions])
        #expect((proxies.proxy(for: "http", host) == nil) == isException)
    }
}
