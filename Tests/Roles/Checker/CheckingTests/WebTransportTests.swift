import Catalogs
import Checking
import CheckPlanning
import Mirrors
import TestSupport
import Testing

/// Against a real nginx.
@Suite struct WebTransportTests {
    static func transport(
        _ baseURLs: [String],
        adjust: (inout CheckSettings) -> Void = { $0.requestsPerSecond = 0 }
    ) throws -> WebTransport {
        var settings = CheckSettings()
        settings.contact = "https://contact.example/"
        adjust(&settings)
        return try WebTransports(
            baseURLs.enumerated().map { .make("m\($0)", baseURL: $1) },
            settings
        ).single
    }

    @Test func tellsPresentFromMissing() throws {
        let server = try Nginx(server: "autoindex on; location /no { return 403; }")
        try server.addFile("distfiles/a.tar", byteCount: 123)
        try server.addFile("empty", byteCount: 0)
        let replies = try Self.transport([server.baseURL]).replies(to: [
            "distfiles/a.tar", "empty", "missing", "distfiles/", "no",
        ]
        )
        #expect(replies[0] == .answered(status: 200, byteCount: 123))
        #expect(replies[1] == .answered(status: 200, byteCount: 0))
        #expect(replies[2] == .answered(status: 404, byteCount: 153))
        #expect(replies[3] == .answered(status: 200, byteCount: nil))
        #expect(replies[4] == .answered(status: 403, byteCount: 153))
    }

    /// Names as distfiles have them: each byte must arrive.
    @Test(arguments: [
        "a%2Fb", "a+b@c!d~e(f){g},h", "a b", "a#b?c;d&e=f", "ä\u{7F}", "..a", "a'\"\\b", "%",
    ])
    func everyNameArrives(name: String) throws {
        let server = try Nginx()
        try server.addFile(name.replacing("/", with: ""), byteCount: 5)
        let replies = try Self.transport([server.baseURL]).replies(to: [name])
        #expect(replies == [.answered(status: 200, byteCount: 5)])
    }

    @Test func followsRedirectsToTheFile() throws {
        let server = try Nginx(
            server: """
                location /a { return 302 /b/a; }
                location /b/a { return 301 /c/%61; }
                location /circle { return 302 /circle; }
                location /out { return 302 ftp://127.0.0.1/x; }
                """
        )
        try server.addFile("c/a", byteCount: 77)
        let replies = try Self.transport([server.baseURL]).replies(to: ["a", "circle", "out"])
        #expect(replies[0] == .answered(status: 200, byteCount: 77))
        for reply in replies.dropFirst() {
            guard case .unusable = reply else {
                Issue.record("\(reply)")
                continue
            }
        }
    }

    @Test func asksEachQuestionOnceWithAUserAgent() throws {
        let server = try Nginx()
        try server.addFile("a", byteCount: 1)
        let transport = try Self.transport([server.baseURL]) {
            $0.requestsPerSecond = 0
            $0.connectionsPerHost = 3
        }
        let replies = transport.replies(to: Array(repeating: "a", count: 300))
        #expect(replies == Array(repeating: .answered(status: 200, byteCount: 1), count: 300))
        server.stop()
        let log = server.text(of: "access.log").split(separator: "\n")
        #expect(log.count == 300)
        #expect(log.allSatisfy { $0.contains(#""HEAD /a HTTP/1.1""#) })
        #expect(
            log.allSatisfy {
                $0.contains("Redirector-checker/9.9 (+https://contact.example/)")
            }
        )
    }

    /// nginx closes after this many answers, and the remaining requests go over a new connection.
    @Test(arguments: [1, 2, 7])
    func losesNothingWhenTheServerClosesOften(limit: Int) throws {
        let server = try Nginx(server: "keepalive_requests \(limit);")
        try server.addFile("a", byteCount: 1)
        let replies = try Self.transport([server.baseURL]).replies(
            to: Array(repeating: "a", count: 100)
        )
        #expect(replies == Array(repeating: .answered(status: 200, byteCount: 1), count: 100))
    }

    @Test func accessPointsOfOneHostShareItsConnections() throws {
        let server = try Nginx()
        let transport = try Self.transport([server.baseURL, server.baseURL + "./"]) {
            $0.requestsPerSecond = 0
            $0.connectionsPerHost = 2
        }
        #expect(transport.room(at: 0) == 2)
        transport.ask(Question(accessPoint: 0, subject: .base, path: [], isDirectory: true))
        #expect(transport.room(at: 1) == 1)
        transport.ask(Question(accessPoint: 1, subject: .base, path: [], isDirectory: true))
        #expect(transport.room(at: 0) == 0)
    }

    @Test func obeysRetryAfter() throws {
        let server = try Nginx(
            server: "location = /x { add_header Retry-After 40 always; return 503; }"
        )
        let transport = try Self.transport([server.baseURL])
        #expect(transport.replies(to: ["x"]).count == 1)
        #expect(transport.room(at: 0) == 0)
        #expect(transport.pause(at: 0) > .seconds(35))
        #expect(transport.pause(at: 0) <= .seconds(40))
    }

    @Test func aClosedPortIsNoAnswer() throws {
        let server = try Nginx()
        server.stop()
        let replies = try Self.transport([server.baseURL]).replies(to: ["a", "b"])
        for reply in replies {
            guard case .failed(let reason, _) = reply else {
                Issue.record("\(reply)")
                continue
            }
            #expect(reason.contains("127.0.0.1"))
        }
    }

    @Test func anUnknownHostIsNoAnswer() throws {
        let replies = try Self.transport(["http://no-such-host.invalid/"]).replies(to: ["a"])
        guard case .failed = try #require(replies.first) else {
            Issue.record("\(replies)")
            return
        }
    }

    @Test func speaksTheWebOnly() throws {
        let transport = try Self.transport(["http://127.0.0.1/"])
        #expect(AccessPoint.Scheme.allCases.filter(transport.speaks) == [.http, .https])
    }

    /// Two names of one server, which is only known once a connection shows it.
    @Test func hostsOfOneAddressShareItsConnections() throws {
        let server = try Nginx()
        try server.addFile("a", byteCount: 1)
        let other = server.baseURL.replacing("127.0.0.1", with: "localhost")
        let transport = try Self.transport([server.baseURL, other]) {
            $0.requestsPerSecond = 0
            $0.connectionsPerHost = 3
        }
        #expect(AccessPointNumber.first(2).map { transport.room(at: $0) } == [3, 3])
        for number in AccessPointNumber.first(2) {
            let replies = transport.replies(to: ["a"], accessPoint: number)
            #expect(replies == [.answered(status: 200, byteCount: 1)])
        }
        for _ in 0..<2 {
            transport.ask(
                Question(
                    accessPoint: 0,
                    subject: .file(FileID(0)),
                    path: Array("a".utf8)[...],
                    isDirectory: false
                )
            )
        }
        #expect(AccessPointNumber.first(2).map { transport.room(at: $0) } == [1, 1])
    }
}
