import Glibc
import Mirrors
import Redirection
import TestSupport
import Testing

@testable import RedirectionServer

@Suite struct PassedSocketTests {
    /// A socket that listens on a free port, as a supervisor would pass it.
    private static func listeningSocket() throws -> Int32 {
        let socket = try ListeningSocket(
            #require(IPAddress("127.0.0.1")),
            port: 0,
            isShared: false
        )
        return fcntl(socket.descriptor, F_DUPFD_CLOEXEC, 0)
    }

    @Test(arguments: [1, 3])
    func areAnsweredBySoManyThreads(threads: Int) throws {
        let sockets = [try Self.listeningSocket(), try Self.listeningSocket()]
        let ports = try sockets.map { descriptor in
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
            return try ListeningSocket(passed: copy).port
        }
        let fixture = try ServerFixture { settings in
            settings.passedSockets = sockets
            settings.threads = threads
        }
        #expect(fixture.server.port == ports[0])
        for port in ports {
            for _ in 0..<4 {
                #expect(try LoopbackClient(port: port).get("/file").contains("first.example/file"))
            }
        }
    }

    /// Clients that arrive while no process is serving wait, and the next process answers them.
    @Test func refuseNobodyWhileTheServerIsAnother() throws {
        let descriptor = try Self.listeningSocket()
        let kept = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
        defer { close(kept) }
        let first = try ServerFixture { $0.passedSockets = [descriptor] }
        let port = first.server.port
        #expect(try LoopbackClient(port: port).get("/file").contains("first.example/file"))
        first.server.shutDown()
        let early = try LoopbackClient(port: port)
        try early.send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n")
        let second = try ServerFixture { $0.passedSockets = [fcntl(kept, F_DUPFD_CLOEXEC, 0)] }
        #expect(try early.answer(hasBody: false).head.contains("302"))
        #expect(second.server.port == port)
    }

    @Test func tellsWhetherAnybodyAsks() throws {
        let fixture = try ServerFixture()
        let before = try #require(fixture.server.activity)
        let client = try fixture.client()
        _ = try client.get("/file")
        #expect(fixture.server.activity == nil)
        client.closeSendingHalf()
        #expect(eventually(within: 10) { fixture.server.activity == before + 1 })
    }

    @Test func takesBothFamiliesByDefault() throws {
        let fixture = try ServerFixture { $0.listen = "::" }
        #expect(try fixture.client().get("/file").contains("first.example/file"))
    }
}
