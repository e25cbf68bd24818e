import Mirrors
import Testing

@testable import Checking

/// Requests to one host count for all access points that turn out to share it.
@Suite struct HostRegistryTests {
    /// Three of four hosts have one name; the last access point shares a host with the first.
    static let urls = [
        "http://m.example/", "https://m.example/a/", "http://n.example/", "ftp://m.example/",
        "http://m.example/b/",
    ]

    static func registry(_ clock: @escaping () -> Double = { 0 }) -> HostRegistry {
        HostRegistry(
            accessPoints: urls.enumerated().map { index, url in
                .make(
                    "m\(index)",
                    baseURL: url,
                    scheme: url.hasPrefix("ftp") ? .ftp : url.hasPrefix("https") ? .https : .http
                )
            },
            settings: CheckSettings(),
            clock: clock
        )
    }

    /// A checker without a contact is slow with hosts that may be public, and only with those.
    @Test(
        arguments: [
            ("https://m.example/", nil, 2), ("https://192.0.2.7/", nil, 2),
            ("https://[2001:db8::7]:8443/", nil, 2), ("http://127.0.0.3:8080/", nil, 25),
            ("http://[fd00::7]/", nil, 25), ("http://m.lan/", "10.0.0.7", 25),
            ("https://m.example/", "192.0.2.7", 2),
        ] as [(String, String?, Int)]
    )
    func anAnonymousCheckerAsksPublicAddressesATenth(
        url: String,
        address: String?,
        allowance: Int
    ) throws {
        let request = try CheckRequestTests.request("{}")
        let known = try CheckRequestTests.request("{}", ["CHECK_CONTACT": "a@example.org"])
        for (settings, expected) in [(request.settings, allowance), (known.settings, 25)] {
            var now = 0.0
            let registry = HostRegistry(
                accessPoints: [.make("m", baseURL: url, scheme: .https)],
                settings: settings
            ) { now }
            if let address { registry.note(address: address, of: 0) }
            now = 10
            #expect(registry.allowance(of: 0) == expected)
        }
    }

    @Test func withoutALimitAnAnonymousCheckerHasOneInPublic() throws {
        let request = try CheckRequestTests.request("{}", ["CHECK_RATE": "0"])
        #expect(request.settings.anonymousRequestsPerSecond == 25)
        let registry = HostRegistry(
            accessPoints: [.make("m", baseURL: "http://127.0.0.3/", scheme: .http)],
            settings: request.settings
        )
        #expect(registry.allowance(of: 0) == .max)
    }

    @Test func aHostIsASchemeANameAndAPort() {
        let registry = Self.registry()
        #expect(AccessPointNumber.first(5).map { registry.host(of: $0) } == [0, 1, 2, 3, 0])
        #expect(registry.hostCount == 4)
        #expect(
            registry.authorities.keys.map { registry.authorities[$0] } == [
                "m.example", "m.example", "n.example", "m.example",
            ]
        )
    }

    @Test func theRateAndTheConnectionsOfANameAreSharedByAllProtocols() {
        let registry = Self.registry()
        let whole = registry.allowance(of: 0)
        for _ in 0..<whole { registry.noteSent(to: 0) }
        #expect(HostNumber.first(4).map { registry.allowance(of: $0) } == [0, 0, whole, 0])
        registry.noteConnections(2, to: 0, for: .requests)
        registry.noteConnections(1, to: 1, for: .pipelines)
        registry.noteConnections(1, to: 3, for: .ftp)
        #expect(HostNumber.first(4).map { registry.connectionRoom(of: $0) } == [0, 0, 4, 0])
        registry.noteConnections(0, to: 1, for: .pipelines)
        #expect(registry.connectionRoom(of: 0) == 1)
    }

    @Test func aPauseIsForEverybodyAtTheAddress() {
        var now = 0.0
        let registry = Self.registry { now }
        registry.noteComplaint(of: 1, retryAfterSeconds: 30)
        #expect(HostNumber.first(4).map { registry.isPaused($0) } == [true, true, false, true])
        #expect(registry.pause(of: 3) == .seconds(30))
        now = 31
        #expect(!registry.isPaused(0))
    }

    @Test func namesOfOneAddressShareTheirMannersOnceItIsKnown() {
        let registry = Self.registry()
        registry.noteConnections(1, to: 2, for: .pipelines)
        registry.noteComplaint(of: 2, retryAfterSeconds: 30)
        registry.note(address: "192.0.2.1", of: 0)
        #expect(!registry.isPaused(0))
        registry.note(address: "192.0.2.1", of: 2)
        #expect(HostNumber.first(4).allSatisfy { registry.isPaused($0) })
        #expect(registry.connectionRoom(of: 3) == 3)
        #expect(registry.address(of: 2) == "192.0.2.1")
        #expect(registry.address(of: 1) == nil)
    }
}
