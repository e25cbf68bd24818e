import Catalogs
import CheckPlanning
import CheckStates
import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport
import Testing

@testable import Checking

/// What a run learned about a server, and how the next run uses it.
@Suite struct StrategyMemoryTests {
    let store = InMemoryStore()

    /// A catalog of files that the scripted server has; each file's length is its number plus one.
    ///
    /// All of them have changed in its generation, so that they are asked for.
    static func catalog(generation: UInt32) -> Catalog {
        var catalog = Catalog(generation: generation)
        for number in 0..<600 {
            catalog.append(
                .make("f\(number)", byteCount: UInt64(number + 1), changedIn: generation)
            )
        }
        return catalog
    }

    /// Runs a whole session, hours after the real time, that asks for everything.
    @discardableResult
    func check(_ server: ScriptedServer, hours: Int64) throws -> JSONObject {
        let point = AccessPoint.make("m", baseURL: server.baseURL)
        if try store.get(BlobKey("mirrors.json")) == nil {
            let mirror = Mirror(
                id: "m",
                name: "M",
                country: try #require(CountryCode("DE")),
                region: "europe",
                accessPoints: [point]
            )
            try store.put(
                BlobKey("mirrors.json"),
                MirrorList(mirrors: [mirror]).json.serialized()
            )
        }
        let catalogs = CatalogStore(store)
        let pointer = try catalogs.current()
        let catalog = Self.catalog(generation: pointer.generation + 1)
        try catalogs.publish(catalog, replacing: pointer)
        var request = CheckRequest()
        request.settings.requestsPerSecond = 0
        let session = CheckSession(
            request: request,
            store: store,
            clock: RealMirror.ShiftedClock(shift: hours * 3_600),
            report: { _ in }
        )
        let result = try session.run { accessPoints throws(CheckingError) in
            try ProtocolTransport(
                accessPoints: accessPoints,
                settings: request.settings,
                version: "9.9"
            )
        }
        let state = try CheckStateStore(store).load(point).state
        #expect(catalog.ids.allSatisfy { state.outcome(of: $0) == .present })
        guard case .object(let object) = result, case .array(let lines)? = object["accessPoints"],
            case .object(let line)? = lines.first
        else { return [:] }
        return line
    }

    /// The server closes each connection after answer 40, and counts the requests after that.
    @Test func theNextRunSendsNoRequestThatTheServerThrowsAway() throws {
        let thrownAway = Mutex(0)
        let limit = Mutex(40)
        let server = try ScriptedServer { request in
            let last = limit.withLock { $0 - 1 }
            guard request.number >= last else { return HostileServer.right(request) }
            if request.number > last {
                thrownAway.withLock { $0 += 1 }
                return HostileServer.reply("")
            }
            return HostileServer.reply(
                HostileServer.head(request.path, fields: "Connection: close\r\n")
            )
        }
        defer { server.stop() }
        let first = try check(server, hours: 0)
        guard case .object(let strategy)? = first["strategy"] else {
            Issue.record("\(first)")
            return
        }
        #expect(strategy["method"] == "pipelining")
        #expect(strategy["answersPerConnection"] == 40)
        #expect(thrownAway.withLock { $0 } > 0)
        thrownAway.withLock { $0 = 0 }
        try check(server, hours: 2)
        #expect(thrownAway.withLock { $0 } == 0)
        // The new limit of a reconfigured server is found, and then kept.
        limit.withLock { $0 = 20 }
        let changed = try check(server, hours: 4)
        #expect(thrownAway.withLock { $0 } > 0)
        guard case .object(let newStrategy)? = changed["strategy"] else {
            Issue.record("\(changed)")
            return
        }
        #expect(newStrategy["answersPerConnection"] == 20)
    }

    /// A server that closes each connection after one answer; its pipelined connections are
    /// counted.
    @Test func theNextRunDoesNotTryToPipelineWhereThatFailed() throws {
        let pipelines = Mutex<Set<Int>>([])
        let server = try ScriptedServer { request in
            if let pipeline = request.pipeline { pipelines.withLock { _ = $0.insert(pipeline) } }
            guard request.pipeline != nil else { return HostileServer.right(request) }
            return HostileServer.reply(
                HostileServer.head(request.path) + "not asked for",
                closes: true
            )
        }
        defer { server.stop() }
        func pipelineCount() -> Int { pipelines.withLock { $0.count } }
        try check(server, hours: 0)
        let first = pipelineCount()
        #expect(first > 0)
        let second = try check(server, hours: 2)
        #expect(pipelineCount() == first)
        #expect(second["strategy"] == ["method": "sequential", "depth": 1])
        // The memory of a failure ends after a day, although it was confirmed since.
        try check(server, hours: 25)
        #expect(pipelineCount() > first)
    }

    @Test func theNextRunBeginsWithHTTP2WhereThatWorked() throws {
        let authority = try PrivateAuthority()
        let certificate = try authority.certificate(for: "IP:127.0.0.1")
        let server = try Nginx(
            server: """
                ssl_certificate \(certificate.file);
                ssl_certificate_key \(certificate.keyFile);
                """,
            listenOptions: "ssl http2"
        )
        try server.addFile("a", byteCount: 7)
        let url = server.baseURL.replacing("http:", with: "https:")
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        settings.authorityFile = authority.certificateFile
        let points = [AccessPoint.make("m", baseURL: url, scheme: .https)]
        let transport = try WebTransports(points, settings).pipelined
        transport.begin(with: AskingStrategy(.multiplexing), at: 0)
        #expect(transport.strategy(at: 0) == nil)
        let replies = transport.replies(to: Array(repeating: "a", count: 500))
        #expect(Set(replies) == [.answered(status: 200, byteCount: 7)])
        #expect(transport.strategy(at: 0) == AskingStrategy(.multiplexing))
        let lines = { server.text(of: "access.log").split(separator: "\n") }
        #expect(eventually(within: 60, every: 0.05) { lines().count >= 500 })
        #expect(lines().allSatisfy { $0.contains("HTTP/2.0") })
    }

    @Test func aProbeDoesNotTryToPipeline() throws {
        var fields = try JSONFields(["mode": "probe"])
        #expect(try !CheckRequest(&fields, Environment([:])).settings.isPipelining)
        fields = try JSONFields(["mode": "check"])
        #expect(try CheckRequest(&fields, Environment([:])).settings.isPipelining)
    }
}
