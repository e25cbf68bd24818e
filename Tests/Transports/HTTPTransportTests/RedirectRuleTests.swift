import HTTPTransport
import Testing

/// The URLs behind a redirect that are requested, and the answers that count.
@Suite struct RedirectRuleTests {
    static let origin = "https://mirror.example:8443/gentoo/distfiles/ab/x%2By-1.0.tar.xz"

    static func rule(_ origin: String = origin) throws -> RedirectRule {
        RedirectRule(origin: try #require(WebURL(origin)))
    }

    @Test(arguments: [
        "https://mirror.example:8443/old/x+y-1.0.tar.xz",
        "https://cdn.example/x%2by-1.0.tar.xz?sig=1",
        "https://192.0.2.1/a/x%2By-1.0.tar.xz/",
    ])
    func theSameNameByTLSIsFollowedAndCounts(target: String) throws {
        let rule = try Self.rule()
        let url = try rule.next(target, hop: 1)
        #expect(throws: Never.self) { try rule.checkName(of: url) }
    }

    @Test(arguments: [
        "https://mirror.example/x+y-1.0.tar.gz", "https://mirror.example/",
        "https://mirror.example",
        "https://mirror.example/?x+y-1.0.tar.xz", "https://mirror.example/x%252By-1.0.tar.xz",
        "https://mirror.example/X+y-1.0.tar.xz", "https://mirror.example/a?/x+y-1.0.tar.xz",
    ])
    func anotherNameProvesNothing(target: String) throws {
        let rule = try Self.rule()
        let url = try rule.next(target, hop: 1)
        #expect(throws: RedirectRule.Objection.self) { try rule.checkName(of: url) }
    }

    @Test(arguments: [
        "ftp://mirror.example/a", "file:///etc/passwd", "gopher://x/", "x", "", "http://",
    ])
    func onlyTheWebIsFollowed(target: String) throws {
        #expect(throws: RedirectRule.Objection.notWeb(target)) {
            try Self.rule("http://mirror.example/a").next(target, hop: 1)
        }
    }

    @Test func httpsBecomesNoHTTP() throws {
        let target = "http://mirror.example/a"
        #expect(throws: RedirectRule.Objection.weakerScheme(target)) {
            try Self.rule().next(target, hop: 1)
        }
        #expect(try Self.rule("http://m.example/a").next("https://m.example/a", hop: 1).isTLS)
    }

    @Test func threeHopsAreTheMost() throws {
        let rule = try Self.rule("http://m.example/a")
        for hop in 1...3 { _ = try rule.next("http://m.example/a", hop: hop) }
        #expect(throws: RedirectRule.Objection.tooManyHops) {
            try rule.next("http://m.example/a", hop: 4)
        }
    }

    /// This holds however the address is written.
    @Test(arguments: [
        "127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0.0.0.0", "0",
        "10.0.0.1",
        "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.255.255",
        "169.254.169.254", "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[::ffff:10.0.0.1]",
        "[::ffff:7f00:1]", "[fd00::1]", "[fc00::1]", "[fe80::1]", "[ff02::1]", "[64:ff9b::a00:1]",
        "[2002:a00:1::]", "[::10.0.0.1]", "[fec0::1]",
    ])
    func privateAddressesAreNotAsked(host: String) throws {
        #expect(throws: RedirectRule.Objection.self) {
            try Self.rule("http://mirror.example/a").next("http://\(host)/a", hop: 1)
        }
    }

    @Test(arguments: [
        "192.0.2.1", "172.15.0.1", "172.32.0.1", "100.63.0.1", "100.128.0.1", "169.253.0.1",
        "11.0.0.1",
        "[2001:db8::1]", "[::ffff:192.0.2.1]", "[64:ff9b::c000:201]", "[2002:c000:201::]",
        "localhost", "10.example",
    ])
    func otherHostsAreAsked(host: String) throws {
        #expect(throws: Never.self) {
            try Self.rule("http://mirror.example/a").next("http://\(host)/a", hop: 1)
        }
    }

    @Test func theOwnHostMayBePrivateButNotOnTheLink() throws {
        for host in ["10.0.0.1", "127.0.0.1", "[fd00::1]"] {
            let rule = try Self.rule("http://\(host)/a")
            #expect(throws: Never.self) { try rule.next("http://\(host):8080/b/a", hop: 1) }
            #expect(throws: RedirectRule.Objection.self) {
                try rule.next("http://10.0.0.2/a", hop: 1)
            }
        }
        #expect(throws: RedirectRule.Objection.self) {
            try Self.rule("http://169.254.1.1/a").next("http://169.254.1.1/b/a", hop: 1)
        }
    }
}
