import Bytes
import JSON
import Mirrors
import Redirection
import Testing

/// The log lines of requests.
@Suite struct RequestLogTests {
    /// The lines that a responder with the map of ``ResponderTests`` logs for `requests` from
    /// `peer`.
    private func lines(
        _ requests: [String],
        interval: Int = 1,
        clients: RequestLog.Clients = .network,
        peer: String = "192.0.2.77",
        metrics: Metrics = Metrics(),
        retries: RetryTable? = nil
    ) throws -> [String] {
        var responder = Responder(
            settings: AnswerSettings(fallbackURL: Array("https://fallback.example/".utf8)),
            metrics: metrics,
            retries: retries
        )
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try ResponderTests.map()),
            verifying: true,
            health: nil,
            countedBy: metrics
        )
        responder.log = RequestLog(interval: interval, clients: clients)
        var answer: [UInt8] = []
        for request in requests {
            let bytes = Array(request.utf8)
            var parser = RequestParser()
            guard case .head(let head) = parser.parse(bytes.span) else { continue }
            responder.answer(
                head,
                in: bytes.span,
                from: Responder.Peer(address: IPAddress(peer)),
                now: 784_111_777,
                closing: false,
                to: &answer
            )
        }
        let text = String(decoding: responder.log?.take() ?? [], as: UTF8.self)
        #expect(responder.log?.isEmpty == true)
        return text.split(separator: "\n").map(String.init)
    }

    private func get(_ target: String) -> String { "GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n" }

    static let outcomes: [(target: String, line: String)] = [
        (
            "/distfiles/a.tar?mirror=far",
            #""path":"/distfiles/a.tar","outcome":"mirror","accessPoint":"far-http"}"#
        ),
        ("/unknown", #""path":"/unknown","outcome":"fallback","reason":"unknown-path"}"#),
        ("/nobody", #""path":"/nobody","outcome":"fallback","reason":"no-replica"}"#),
        (
            "/a%22%5C%C3%BC%20b",
            #""path":"/a%22%5C%C3%BC%20b","outcome":"fallback","reason":"unknown-path"}"#
        ),
        (
            "/a/../b",
            #""outcome":"refused","reason":"The path contains a segment \"..\"."}"#
        ),
    ]

    @Test(arguments: outcomes)
    func tellsWhatBecameOfARequest(target: String, line: String) throws {
        let lines = try lines([get(target)])
        let client = target.contains("..") ? "" : #""client":"192.0.2.0/24","#
        #expect(
            lines == [#"{"time":"1994-11-06T08:49:37Z",\#(client)"method":"GET",\#(line)"#]
        )
        // Whatever a request contains, the line is JSON.
        for line in lines { _ = try JSONValue(parsing: line.utf8) }
    }

    static let clients: [(clients: RequestLog.Clients, peer: String, expected: String?)] = [
        (.network, "192.0.2.77", "192.0.2.0/24"),
        (.network, "2001:db8:1:2::3", "2001:db8:1::/48"),
        (.full, "192.0.2.77", "192.0.2.77"),
        (.full, "2001:db8:1:2::3", "2001:db8:1:2::3"),
        (.none, "192.0.2.77", nil),
    ]

    @Test(arguments: clients)
    func tellsOfAClientWhatTheOperatorChose(
        clients: RequestLog.Clients,
        peer: String,
        expected: String?
    ) throws {
        let line = try #require(try lines([get("/nobody")], clients: clients, peer: peer).first)
        #expect(line.contains("client") == (expected != nil))
        if let expected { #expect(line.contains(#""client":"\#(expected)""#), "\(line)") }
    }

    @Test(arguments: [(1, 10), (3, 4), (10, 1)])
    func oneOfSoManyRequestsMakesALine(interval: Int, count: Int) throws {
        let requests = [String](repeating: get("/nobody"), count: 10)
        #expect(try lines(requests, interval: interval).count == count)
    }

    // MARK: Clients that want another mirror

    @Test func theMirrorOfAClientThatComesBackIsPassedOver() throws {
        let metrics = Metrics()
        let lines = try lines(
            [get("/distfiles/a.tar"), get("/only-far"), get("/distfiles/a.tar")],
            metrics: metrics,
            retries: RetryTable(seconds: 60)
        )
        #expect(lines.count == 3)
        #expect(!lines[0].contains("passedOver"))
        #expect(!lines[1].contains("passedOver"))
        #expect(
            lines[2].hasSuffix(#""accessPoint":"far-http","passedOver":["near-http"]}"#),
            "\(lines[2])"
        )
        _ = try JSONValue(parsing: lines[2].utf8)
        let text = String(decoding: metrics.text(snapshot: nil, now: 0), as: UTF8.self)
        #expect(text.contains("redirector_passed_over_total{access_point=\"near-http\"} 1\n"))
        #expect(!text.contains("redirector_passed_over_total{access_point=\"far"))
    }

    @Test func whomAQueryAvoidsIsPassedOver() throws {
        let metrics = Metrics()
        let lines = try lines(
            [get("/distfiles/a.tar?avoid=near,nobody,near"), get("/distfiles/a.tar?avoid=nobody")],
            metrics: metrics
        )
        #expect(
            lines[0].hasSuffix(#""accessPoint":"far-http","passedOver":["near-http"]}"#),
            "\(lines[0])"
        )
        #expect(!lines[1].contains("passedOver"))
        let text = String(decoding: metrics.text(snapshot: nil, now: 0), as: UTF8.self)
        #expect(text.contains("redirector_passed_over_total{access_point=\"near-http\"} 1\n"))
    }

    @Test func whatClientsSayChangesNobodysChoice() throws {
        let complaints = [String](repeating: get("/distfiles/a.tar?avoid=near"), count: 1_000)
        let lines = try lines(complaints + [get("/distfiles/a.tar")])
        #expect(lines.last?.contains(#""accessPoint":"near-http"}"#) == true)
    }
}
