import Redirection
import RedirectionServer
import TestSupport
import Testing

/// Clients that take all they can get, and one that only wants a file.
@Suite struct ConnectionLimitTests {
    private static let mirror = "Location: http://first.example/file"
    private static let unfinished =
        "POST /file HTTP/1.1\r\nHost: h\r\nContent-Length: 65536\r\n\r\n"

    /// The requests are answered, but their bodies never arrive.
    @Test func aBodyGetsThePatienceOfAHead() throws {
        let fixture = try ServerFixture {
            $0.headTimeoutSeconds = 1
            $0.idleTimeoutSeconds = 600
        }
        let client = try fixture.client()
        try client.send(Self.unfinished)
        #expect(try client.answer().head.hasPrefix("HTTP/1.1 405 "))
        #expect(try client.rest() == "")
        // A body that does arrive is dropped, and the connection may be idle again for the usual
        // time.
        let honest = try fixture.client()
        try honest.send("POST /file HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n")
        _ = try honest.answer()
        try honest.send("abc")
        #expect(try honest.get("/file").contains(Self.mirror))
    }

    /// The newcomer is not closed, although no other connection is idle.
    @Test func whoeverHasBeenInactiveForLongestMakesRoom() throws {
        let fixture = try ServerFixture { $0.maxConnections = 3 }
        let hoarders = try (0..<3).map { _ in
            let client = try fixture.client()
            try client.send(Self.unfinished)
            _ = try client.answer()
            return client
        }
        let newcomer = try fixture.client()
        #expect(try newcomer.get("/file").contains(Self.mirror))
        #expect(try hoarders[0].rest() == "")
        let next = try fixture.client()
        #expect(try next.get("/file").contains(Self.mirror))
        #expect(try hoarders[1].rest() == "")
        #expect(try newcomer.get("/file").contains(Self.mirror))
    }

    /// A byte now and then is not activity.
    @Test func aTrickleKeepsNoPlace() throws {
        let fixture = try ServerFixture { $0.maxConnections = 2 }
        let trickler = try fixture.client()
        try trickler.send("GET /fi")
        let other = try fixture.client()
        _ = try other.get("/file")
        try trickler.send("le HTTP/1.1\r\nX: ")
        _ = try other.get("/file")
        #expect(try fixture.client().get("/file").contains(Self.mirror))
        #expect(throws: (any Error).self) { _ = try trickler.get("/file") }
        #expect(try other.get("/file").contains(Self.mirror))
    }

    @Test func oneNetworkHasAPartOfTheConnections() throws {
        let fixture = try ServerFixture { $0.maxConnectionsPerNetwork = 2 }
        let clients = try (0..<4).map { _ in
            let client = try fixture.client()
            _ = try client.get("/file")
            return client
        }
        #expect(try clients[0].rest() == "")
        #expect(try clients[1].rest() == "")
        for client in clients[2...] { #expect(try client.get("/file").contains(Self.mirror)) }
        #expect(fixture.server.metrics.openConnections == 2)
    }

    /// Clients from all over the world share one address of a proxy.
    @Test func aTrustedProxyHasAllConnections() throws {
        let trusted = try #require(TrustedProxies("127.0.0.0/8"))
        let fixture = try ServerFixture {
            $0.maxConnectionsPerNetwork = 2
            $0.answers.trustedProxies = trusted
        }
        let clients = try (0..<6).map { _ in try fixture.client() }
        for _ in 0..<2 {
            for client in clients { #expect(try client.get("/file").contains(Self.mirror)) }
        }
    }

    /// Data that waits for clients that do not read is limited for all of them together.
    @Test func clientsThatDoNotReadAreDroppedWhenTheyAreTooMany() throws {
        let fixture = try ServerFixture { $0.maxPendingBytes = 1 << 20 }
        let reader = try fixture.client()
        _ = try reader.get("/file")
        let request = Array("GET /file HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        let batch = Array(repeatElement(request, count: 2_000).joined())
        let crowd = try (0..<60).map { _ in try fixture.client() }
        #expect(
            eventually(within: 60) {
                for client in crowd { _ = client.sendAtOnce(batch) }
                return fixture.server.metrics.openConnections < crowd.count / 2
            }
        )
        #expect(try fixture.client().get("/file").contains(Self.mirror))
    }
}
