import Bytes
import Mirrors
import Redirection
import Synchronization
import TestSupport
import Testing

/// A fallback host that sends clients back to the redirector.
@Suite struct FallbackWatchTests {
    /// The messages of a watch.
    private final class Said: Sendable {
        let signs = Mutex<[FallbackWatch.Sign]>([])
        var all: [FallbackWatch.Sign] { signs.withLock { $0 } }
    }

    /// A responder with a fallback host, and the messages of its watch.
    private struct Circle: ~Copyable {
        var responder: Responder
        let said = Said()

        init(_ fallbackURL: String, trusting proxies: TrustedProxies = .none) throws {
            responder = Responder(
                settings: AnswerSettings(
                    fallbackURL: Array(fallbackURL.utf8),
                    trustedProxies: proxies
                ),
                metrics: Metrics(),
                fallbackWatch: FallbackWatch { [said] sign in
                    said.signs.withLock { $0.append(sign) }
                }
            )
            responder.snapshot = try Snapshot(
                map: StableBytes(copying: try ResponderTests.map()),
                verifying: true,
                health: nil
            )
        }

        mutating func get(
            _ target: String,
            host: String,
            _ headers: String = "",
            peer: String = "192.0.2.1",
            now: Int64 = 0
        ) -> AnswerText {
            let request = Array("GET \(target) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n".utf8)
            var parser = RequestParser()
            var answer: [UInt8] = []
            if case .head(let head) = parser.parse(request.span) {
                responder.answer(
                    head,
                    in: request.span,
                    from: Responder.Peer(address: IPAddress(peer)),
                    now: now,
                    closing: false,
                    to: &answer
                )
            }
            return AnswerText(answer)
        }
    }

    @Test(
        arguments: [
            ("http://dist.example/", "dist.example", "/unknown"),
            ("http://dist.example/", "DIST.example:80", "/unknown"),
            ("http://dist.example:80/", "dist.example", "/nobody"),
            ("http://dist.example:8080/", "dist.example:8080", "/unknown?q"),
            ("http://dist.example/all/", "dist.example", "/all/unknown"),
            ("http://[2001:db8::1]/", "[2001:db8::1]", "/unknown"),
        ] as [(String, String, String)]
    )
    func aRedirectToTheURLThatWasAskedForIsNotSent(
        fallback: String,
        host: String,
        target: String
    ) throws {
        var circle = try Circle(fallback)
        let answer = circle.get(target, host: host)
        #expect(answer.status == "HTTP/1.1 404 Not Found")
        #expect(answer.fields["location"] == nil)
        _ = circle.get(target, host: host)
        #expect(circle.said.all == [.ownURL], "said once")
    }

    @Test(
        arguments: [
            ("http://dist.example/", "other.example", "/unknown"),
            ("http://dist.example/", "dist.example:8080", "/unknown"),
            ("http://dist.example:8080/", "dist.example", "/unknown"),
            ("http://dist.example/all/", "dist.example", "/unknown"),
            ("http://dist.example/", "xdist.example", "/unknown"),
            ("http://dist.example/", "dist.example", "/distfiles/a.tar"),
        ] as [(String, String, String)]
    )
    func otherRequestsAreRedirected(fallback: String, host: String, target: String) throws {
        var circle = try Circle(fallback)
        #expect(circle.get(target, host: host).status == "HTTP/1.1 302 Found")
        #expect(circle.said.all.isEmpty)
    }

    /// It is not known here whether http and https of that name are the same server.
    @Test func anotherSchemeIsRedirectedAndSaid() throws {
        var circle = try Circle(
            "https://dist.example/",
            trusting: try #require(TrustedProxies("10.0.0.0/8"))
        )
        let plain = circle.get("/unknown", host: "dist.example")
        #expect(plain.fields["location"] == "https://dist.example/unknown")
        #expect(circle.said.all == [.ownURL])
        let secure = circle.get(
            "/unknown",
            host: "dist.example",
            "X-Forwarded-Proto: https\r\n",
            peer: "10.0.0.1"
        )
        #expect(secure.status == "HTTP/1.1 404 Not Found")
    }

    @Test func aClientThatComesBackAgainAndAgainIsNoticed() throws {
        var circle = try Circle("http://dist.example/")
        for round in 0..<30 as Range<Int64> {
            _ = circle.get("/unknown", host: "r.example", now: round / 4)
        }
        #expect(circle.said.all == [.returning(times: 12)])
    }

    @Test func aClientThatAsksNowAndThenIsInNoCircle() throws {
        var circle = try Circle("http://dist.example/")
        for round in 0..<100 as Range<Int64> {
            _ = circle.get("/unknown", host: "r.example", now: round * 3)
            _ = circle.get("/unknown\(round)", host: "r.example", peer: "192.0.2.9", now: round * 3)
            _ = circle.get("/distfiles/a.tar", host: "r.example", now: round * 3)
        }
        #expect(circle.said.all.isEmpty)
    }
}
