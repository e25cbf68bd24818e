import Catalogs
import CheckPlanning
import CheckStates
import HTTPTransport
import Mirrors
import Synchronization
import TestSupport
import Testing

@testable import Checking

/// A strategy that fails is replaced by a more robust one within the same run.
@Suite(.serialized) struct StrategyFallbackTests {
    static func settings() -> CheckSettings {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        return settings
    }

    static func transports(
        _ baseURL: String,
        scheme: AccessPoint.Scheme = .http,
        authorityFile: String? = nil
    ) throws -> WebTransports {
        var settings = settings()
        settings.authorityFile = authorityFile
        return try WebTransports(
            [.make("m", baseURL: baseURL, scheme: scheme)],
            settings,
            answerPatience: .seconds(5)
        )
    }

    /// nginx sends GOAWAY on every HTTP/2 connection at once.
    @Test func aServerThatEndsItsHTTP2ConnectionsIsAskedToTheEnd() throws {
        let authority = try PrivateAuthority()
        let certificate = try authority.certificate(for: "IP:127.0.0.1")
        let server = try Nginx(
            server: """
                ssl_certificate \(certificate.file);
                ssl_certificate_key \(certificate.keyFile);
                keepalive_timeout 0;
                """,
            listenOptions: "ssl http2"
        )
        try server.addFile("a", byteCount: 7)
        let transport = try Self.transports(
            server.baseURL.replacing("http:", with: "https:"),
            scheme: .https,
            authorityFile: authority.certificateFile
        ).pipelined
        // It does not pipeline, and is offered HTTP/2.
        transport.begin(with: AskingStrategy(.multiplexing), at: 0)
        let replies = transport.replies(to: Array(repeating: "a", count: 1500))
        #expect(Set(replies) == [.answered(status: 200, byteCount: 7)])
        #expect(transport.strategy(at: 0) == AskingStrategy(.sequential))
        #expect(transport.remark(at: 0)?.contains("HTTP/2 fails") == true)
    }

    @Test func HTTP2ThatBreaksIsLeftForHTTP1AndRemembered() throws {
        var host = WebHost()
        host.offerMultiplexing()
        #expect(host.connection == .shared)
        host.noteAnswer(over: .shared, isHTTP2: true)
        #expect(host.strategy == AskingStrategy(.multiplexing))
        for _ in 0..<2 { #expect(host.noteFailure(over: .shared, "died") == .kept) }
        #expect(host.connection == .shared)
        #expect(host.noteFailure(over: .shared, "died") == .kept)
        #expect(host.connection == .kept)
        #expect(host.strategy == AskingStrategy(.sequential))
        #expect(host.remark?.contains("HTTP/2 fails (died)") == true)
        // It is not offered again in this run.
        host.offerMultiplexing()
        #expect(host.connection == .kept)
        for _ in 0..<3 { #expect(host.noteFailure(over: .kept, "reset") == .single) }
        #expect(host.strategy == AskingStrategy(.oneRequestPerConnection))
        #expect(host.noteFailure(over: .single, "reset") == nil)
    }

    @Test func afterManyAnswersAFailureIsForgiven() {
        var host = WebHost()
        for _ in 0..<10 {
            #expect(host.noteFailure(over: .kept, "reset") == .single)
            for _ in 0..<500 { host.noteAnswer(over: .kept, isHTTP2: false) }
        }
        #expect(host.connection == .kept)
        #expect(host.remark == nil)
    }

    /// A connection breaks in the middle of the answer whenever it is used a second time.
    @Test func connectionsThatDoNotLastAreMadeForEachRequest() throws {
        let longest = Mutex(0)
        let server = try ScriptedServer { request in
            longest.withLock { $0 = max($0, request.number + 1) }
            return request.number > 0
                ? HostileServer.reply("HTTP/1.1 ", closes: true)
                : HostileServer.right(request)
        }
        defer { server.stop() }
        let transport = try Self.transports(server.baseURL).single
        let replies = transport.replies(to: (0..<100).map { "f\($0)" })
        #expect(replies == (1...100).map { .answered(status: 200, byteCount: UInt64($0)) })
        #expect(transport.strategy(at: 0) == AskingStrategy(.oneRequestPerConnection))
        #expect(transport.remark(at: 0)?.contains("new connection each time") == true)
        // The next run begins where this one left off.
        longest.withLock { $0 = 0 }
        let next = try Self.transports(server.baseURL).single
        next.begin(with: AskingStrategy(.oneRequestPerConnection), at: 0)
        #expect(next.replies(to: ["f1", "f2", "f3"]).count == 3)
        #expect(longest.withLock { $0 } == 1)
    }

    // MARK: - Servers whose HEAD says nothing

    enum Silence: String, CaseIterable, Sendable {
        case notAllowed = "405"
        case notImplemented = "501"
        case noLength = "no Content-Length"
        case zero = "Content-Length: 0"
        case compressed = "compressed"

        var head: String {
            switch self {
            case .notAllowed: "HTTP/1.1 405 No\r\nContent-Length: 0\r\n\r\n"
            case .notImplemented: "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n"
            case .noLength: "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
            case .zero: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
            case .compressed:
                "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n"
            }
        }
    }

    /// The files of ``HostileServerTests/catalog``, and a server that states their lengths only for
    /// GET.
    @Test(arguments: Silence.allCases) func theFirstByteTellsWhatHeadDoesNot(silence: Silence)
        throws
    {
        let methods = Mutex<[String: Int]>([:])
        let server = try ScriptedServer { request in
            methods.withLock { $0[request.method, default: 0] += 1 }
            guard let number = Int(request.path.dropFirst(2)), request.path.hasPrefix("/f") else {
                let body = request.method == "HEAD" ? "" : "not found"
                return HostileServer.reply(HostileServer.head(request.path) + body)
            }
            if request.method == "HEAD" {
                return HostileServer.reply(silence.head, closes: silence == .noLength)
            }
            #expect(request.fields["range"] == "bytes=0-0")
            return HostileServer.reply(
                "HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-0/\(number + 1)\r\n"
                    + "Content-Length: 1\r\n\r\nx"
            )
        }
        defer { server.stop() }
        let transport = try Self.transports(server.baseURL).pipelined
        let replies = transport.replies(to: HostileServerTests.catalog)
        #expect(
            replies.prefix(40)
                == (1...40).map { .answered(status: 200, byteCount: UInt64($0)) }[...]
        )
        #expect(replies.dropFirst(40).allSatisfy { $0 == .answered(status: 404, byteCount: 9) })
        #expect(transport.remark(at: 0)?.contains("HEAD tells no length") == true)
        #expect(transport.remark(at: 0)?.contains(silence.rawValue) == true)
        #expect(transport.strategy(at: 0) == AskingStrategy(.ranges))
        #expect(!transport.isPipelining(at: 0))
        // Most questions cost one request.
        #expect(methods.withLock { $0["HEAD", default: 0] } < 20)
    }

    /// Without ranges, nginx would send the whole file.
    @Test func aServerWithoutRangesIsCutBehindItsHead() throws {
        let server = try Nginx(
            server:
                "max_ranges 0; if ($request_method = HEAD) { return 405; } output_buffers 1 32k;"
        )
        try server.addFile("large", byteCount: 40_000_000)
        try server.addFile("empty", byteCount: 0)
        let transport = try Self.transports(server.baseURL).single
        let replies = transport.replies(to: ["large", "large", "large", "large", "empty", "none"])
        #expect(
            replies.prefix(4).allSatisfy { $0 == .answered(status: 200, byteCount: 40_000_000) }
        )
        #expect(replies[4] == .answered(status: 200, byteCount: 0))
        guard case .answered(404, _) = replies[5] else {
            Issue.record("\(replies[5])")
            return
        }
        server.stop()
        let sent = server.text(of: "access.log").split(separator: "\n").compactMap { line in
            line.split(separator: "\"").dropFirst(2).first?.split(separator: " ").last
                .flatMap { Int($0) }
        }
        #expect(sent.reduce(0, +) < 40_000_000, "\(sent)")
    }

    @Test func aServerThatNeverTellsIsSaidToBeSo() throws {
        let server = try ScriptedServer { request in
            request.path.hasPrefix("/f")
                ? HostileServer.reply(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + (request.method == "GET" ? "1\r\nx\r\n0\r\n\r\n" : "")
                ) : HostileServer.right(request)
        }
        defer { server.stop() }
        let transport = try Self.transports(server.baseURL).single
        let replies = transport.replies(to: HostileServerTests.catalog)
        #expect(replies.prefix(40).allSatisfy { $0 == .answered(status: 200, byteCount: nil) })
        #expect(
            transport.remark(at: 0)
                == "neither HEAD (no Content-Length) nor GET tells the length"
        )
        #expect(transport.strategy(at: 0) == nil)
    }

    // MARK: - Caches

    /// A cache in between repeats earlier answers; a second look is about the present.
    @Test func secondLooksPassAForwardProxyThatCaches() throws {
        let server = try Nginx(server: "expires 1h;")
        try server.addFile("a", byteCount: 7)
        let folder = try TemporaryFolder("proxy")
        let modules = "/usr/lib/apache2/modules"
        let proxy = try OtherServer(
            .apache,
            root: folder.path,
            more: """
                LoadModule proxy_module \(modules)/mod_proxy.so
                LoadModule proxy_http_module \(modules)/mod_proxy_http.so
                LoadModule cache_module \(modules)/mod_cache.so
                LoadModule cache_disk_module \(modules)/mod_cache_disk.so
                ProxyRequests On
                CacheRoot \(try folder.makeFolder("cache"))
                CacheEnable disk \(server.baseURL)
                CacheQuickHandler off
                User nobody
                Group nogroup
                """
        )
        try folder.openToAll("cache")
        let points = [AccessPoint.make("m", baseURL: server.baseURL)]
        let transport = try WebTransports(
            points,
            Self.settings(),
            proxies: ProxyEnvironment { $0 == "http_proxy" ? proxy.baseURL : nil }
        ).single
        func reply(isAlone: Bool) -> Reply? {
            transport.ask(
                Question(
                    accessPoint: 0,
                    subject: .file(FileID(0)),
                    path: Array("a".utf8)[...],
                    isDirectory: false,
                    isAlone: isAlone
                )
            )
            var reply: Reply?
            _ = eventually(within: 30, every: 0) {
                transport.wait(atMost: .milliseconds(100)) { reply = $0.reply }
                return reply != nil
            }
            return reply
        }
        // Apache caches what was fetched with GET, and answers HEAD from the cache.
        let warming = try FunctionBinary("/usr/bin/curl").run(
            arguments: ["-sf", "-x", proxy.baseURL, server.baseURL + "a"],
            seconds: 30
        )
        #expect(warming.isSuccess)
        try server.remove("a")
        #expect(reply(isAlone: false) == .answered(status: 200, byteCount: 7))
        guard case .answered(404, _) = reply(isAlone: true) else {
            Issue.record("a second look is answered by the cache")
            return
        }
    }
}
