import FunctionRuntime
import Mirrors
import Redirection
import RedirectionServer
import Synchronization
import TestSupport
import Testing

/// Proxies that are not configured.
@Suite struct UntrustedProxiesTests {
    private final class Said: Sendable {
        let peers = Mutex<[String]>([])
        var all: [String] { peers.withLock { $0 } }
    }

    private func watch() -> (proxies: UntrustedProxies, said: Said) {
        let said = Said()
        return (UntrustedProxies { peer in said.peers.withLock { $0.append("\(peer)") } }, said)
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("10.42.0.7", true), ("172.16.0.1", true), ("192.168.1.1", true),
            ("100.64.0.1", true), ("::1", true), ("fd00::7", true), ("fe80::1", true),
            ("::ffff:10.0.0.1", true), ("192.0.2.1", false), ("172.32.0.1", false),
            ("2001:db8::1", false),
        ] as [(String, Bool)]
    )
    func thoseOfPrivateNetworksAreSpokenOf(address: String, isSaid: Bool) throws {
        let (proxies, said) = watch()
        proxies.note(try #require(IPAddress(address)), at: 0)
        #expect(said.all.isEmpty == !isSaid)
    }

    @Test func thatIsSaidOnceAnHour() throws {
        let (proxies, said) = watch()
        let peer = try #require(IPAddress("10.0.0.1"))
        for time in stride(from: 0 as Int64, through: 3_599_999, by: 100_000) {
            proxies.note(peer, at: time)
        }
        #expect(said.all == ["10.0.0.1"])
        proxies.note(peer, at: 3_600_000)
        #expect(said.all.count == 2)
    }

    /// Of all the requests on a connection, only those with such a header are reported.
    @Test func theResponderTellsOfThem() throws {
        func peer(trusting proxies: TrustedProxies, _ headers: String) -> IPAddress? {
            var responder = Responder(
                settings: AnswerSettings(
                    fallbackURL: Array("https://fallback.example/".utf8),
                    trustedProxies: proxies
                ),
                metrics: Metrics()
            )
            let request = Array("GET /a HTTP/1.1\r\nHost: h\r\n\(headers)\r\n".utf8)
            var parser = RequestParser()
            var answer: [UInt8] = []
            guard case .head(let head) = parser.parse(request.span) else { return nil }
            responder.answer(
                head,
                in: request.span,
                from: Responder.Peer(address: IPAddress("10.0.0.1")),
                now: 0,
                closing: false,
                to: &answer
            )
            return responder.untrustedPeer
        }
        let others = try #require(TrustedProxies("192.0.2.0/24"))
        let itself = try #require(TrustedProxies("10.0.0.0/8"))
        let header = "X-Forwarded-For: 198.51.100.1\r\n"
        #expect(peer(trusting: .none, header) == IPAddress("10.0.0.1"))
        #expect(peer(trusting: others, header) == IPAddress("10.0.0.1"))
        #expect(peer(trusting: itself, header) == nil)
        #expect(peer(trusting: .none, "Accept: */*\r\n") == nil)
    }

    /// An operator who writes `none` is not warned.
    @Test func noneIsAnAnswer() throws {
        func warns(_ proxies: String?) throws -> Bool {
            var variables = ["REGION": "europe", "FALLBACK_URL": "https://fallback.example/"]
            variables["TRUSTED_PROXIES"] = proxies
            return try RedirectorSettings(Environment(variables)).warnsOfUntrusted
        }
        #expect(try warns(nil))
        #expect(try warns("192.0.2.0/24"))
        #expect(try !warns("none"))
    }
}
