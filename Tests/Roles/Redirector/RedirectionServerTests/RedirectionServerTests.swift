import FunctionRuntime
import Glibc
import HealthFormat
import JSON
import Linux
import Mirrors
import ObjectStorage
import Redirection
import RedirectionServer
import TestSupport
import Testing
import Time

/// A real server and real sockets on loopback.
@Suite struct RedirectionServerTests {
    private static let firstMirror = "Location: http://first.example/file"

    @Test func answersManyRequestsOnOneConnection() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        for _ in 0..<100 {
            #expect(try client.get("/file").contains(Self.firstMirror))
        }
        try client.send("HEAD /file HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.answer(hasBody: false).head.contains(Self.firstMirror))
        #expect(try client.get("/other").contains("Location: https://fallback.example/other"))
        try client.send("POST /file HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc")
        #expect(try client.answer().head.contains("Allow: GET, HEAD"))
        #expect(try client.get("/file").contains(Self.firstMirror), "the body was dropped")
    }

    @Test func answersPipelinedRequestsInOrder() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        let count = 3_000
        // More answers than the server makes at once, so that its limits are reached on the way.
        let requests = (0..<count).map { "GET /f\($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined()
        try client.send(requests)
        for number in 0..<count {
            #expect(
                try client.answer().head.contains(
                    "Location: https://fallback.example/f\(number)\r\n"
                )
            )
        }
    }

    @Test func understandsRequestsThatArriveInPieces() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        for byte in "GET /file HTTP/1.1\r\nHost: h\r\n\r\nGET /file HTTP/1.1\r\nHost: h\r\n\r\n"
            .utf8
        {
            try client.send(String(UnicodeScalar(byte)))
        }
        for _ in 0..<2 { #expect(try client.answer().head.contains(Self.firstMirror)) }
    }

    @Test(
        arguments: [
            "GET /file HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
            "GET /file HTTP/1.0\r\n\r\n",
            "GET /file HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                + "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            "GET /file HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\nabc",
            "GET /file HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
        ]
    )
    func answersAndCloses(request: String) throws {
        let fixture = try ServerFixture { $0.idleTimeoutSeconds = 30 }
        let client = try fixture.client()
        try client.send(request)
        let rest = try client.rest()
        #expect(rest.contains(Self.firstMirror))
        #expect(rest.contains("Connection: close"))
        #expect(rest.components(of: "HTTP/1.1 ") == 1, "what follows is no request")
    }

    /// Bytes that two readers could parse as either one request or two end the connection.
    @Test(
        arguments: [
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "0\r\n\r\nGET /s HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\nGET /s "
                + "HTTP/1.1\r\nHost: h\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\nGET /s HTTP/1.1\r\nHost: h\r\n\r\n",
        ]
    )
    func refusesSmuggling(request: String) throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        try client.send(request)
        let rest = try client.rest()
        #expect(rest.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
        #expect(rest.components(of: "HTTP/1.1 ") == 1)
    }

    @Test func aSlowHeadIsGivenUp() throws {
        let fixture = try ServerFixture { $0.headTimeoutSeconds = 1 }
        let client = try fixture.client()
        try client.send("GET /file HTTP/1.1\r\n")
        #expect(try client.rest().hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    }

    @Test func anIdleConnectionIsClosedInSilence() throws {
        let fixture = try ServerFixture { $0.idleTimeoutSeconds = 1 }
        let untouched = try fixture.client()
        let used = try fixture.client()
        _ = try used.get("/file")
        #expect(try untouched.rest() == "")
        #expect(try used.rest() == "")
        #expect(eventually(within: 10) { fixture.server.metrics.openConnections == 0 })
    }

    @Test func aNewMapIsPickedUpWhileServing() throws {
        let fixture = try ServerFixture(withMap: false)
        let client = try fixture.client()
        #expect(try client.get("/file").contains("Location: https://fallback.example/file"))
        let key = try BlobKey("maps/europe.map")
        try fixture.store.put(key, try ServerFixture.map(mirror: "first"))
        #expect(try eventually(within: 10) { try client.get("/file").contains(Self.firstMirror) })
        try fixture.store.put(key, try ServerFixture.map(mirror: "second", generation: 2))
        #expect(
            try eventually(within: 10) { try client.get("/file").contains("//second.example/file") }
        )
    }

    @Test func anUnreadableMapLeavesTheOldOneServing() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        let key = try BlobKey("maps/europe.map")
        var damaged = try ServerFixture.map(mirror: "second")
        damaged[damaged.count - 1] ^= 1
        try fixture.store.put(key, damaged)
        let counted = "redirector_refresh_errors_total{blob=\"map\"} 1"
        func metrics() throws -> String {
            // Storage is checked while requests for files come in.
            _ = try client.get("/file")
            try client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
            return try client.answer().body
        }
        #expect(try eventually(within: 10) { try metrics().contains(counted) })
        #expect(try client.get("/file").contains(Self.firstMirror))
        try fixture.store.delete(key)
        // The next check finds nothing; the error count of the second damaged version proves that
        // it took place.
        try fixture.store.put(key, Array("not a map".utf8))
        #expect(try eventually(within: 10) { try metrics().contains("{blob=\"map\"} 2") })
        #expect(try client.get("/file").contains(Self.firstMirror))
        try fixture.store.put(key, try ServerFixture.map(mirror: "third"))
        #expect(
            try eventually(within: 10) { try client.get("/file").contains("//third.example/file") }
        )
    }

    /// Operators restore with `cp backup.map STORE/maps/europe.map`, which truncates the file and
    /// fills it again.
    @Test func aMapThatIsWrittenInPlaceIsSurvived() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        let path = fixture.store.path(of: try BlobKey("maps/europe.map"))
        for generation in 2...6 as ClosedRange<UInt32> {
            #expect(unsafe truncate(path, 0) == 0)
            let mirror = "restored\(generation)"
            for _ in 0..<20 {
                let answer = try client.get("/file")
                #expect(answer.contains("Location: http://"), "no step of the writing shows")
            }
            let map = try ServerFixture.map(mirror: mirror, generation: generation)
            let descriptor = unsafe open(path, O_WRONLY)
            for byte in map {
                unsafe withUnsafePointer(to: byte) { _ = unsafe write(descriptor, $0, 1) }
            }
            close(descriptor)
            #expect(
                try eventually(within: 10) {
                    try client.get("/file").contains("//\(mirror).example/")
                }
            )
        }
    }

    @Test func healthIsPickedUpAndForgottenWhenItIsOld() throws {
        let fixture = try ServerFixture { $0.healthMaxAgeSeconds = 3 }
        let client = try fixture.client()
        let now = Timestamp.now
        var health = Health()
        health.probedAt = now
        health.statuses["first-http"] = Health.Status(outage: .refused, since: now, checkedAt: now)
        try fixture.store.put(BlobKey(Health.key), health.encoded())
        #expect(try eventually(within: 10) { try client.get("/file").contains("fallback.example") })
        #expect(try eventually(within: 10) { try client.get("/file").contains(Self.firstMirror) })
    }

    /// A checker of version 0.1.0 writes only health.json; after a downgrade, that is the newer of
    /// the two.
    @Test func olderHealthCountsWhereItIsAloneOrNewer() throws {
        let fixture = try ServerFixture { $0.healthMaxAgeSeconds = 4 }
        let client = try fixture.client()
        func older(_ isUp: Bool) throws {
            let now = Timestamp.now.secondsSinceEpoch
            let point = #"{"first-http":{"up":\#(isUp)}}"#
            let json = #"{"version":1,"checkedAt":\#(now),"accessPoints":\#(point)}"#
            try fixture.store.put(BlobKey(Health.jsonKey), Array(json.utf8))
        }
        try older(false)
        #expect(try eventually(within: 10) { try client.get("/file").contains("fallback.example") })
        var health = Health()
        health.probedAt = Timestamp.now
        try fixture.store.put(BlobKey(Health.key), health.encoded())
        #expect(try eventually(within: 10) { try client.get("/file").contains(Self.firstMirror) })
        // The newer checker was removed, so its blob grows old.
        #expect(
            try eventually(within: 10) {
                try older(false)
                return try client.get("/file").contains("fallback.example")
            }
        )
    }

    @Test func drainsAndEnds() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        #expect(try client.get("/_/ready").hasPrefix("HTTP/1.1 200 OK"))
        fixture.server.beginDraining()
        #expect(
            try eventually(within: 10) { try client.get("/_/ready").hasPrefix("HTTP/1.1 503 ") }
        )
        #expect(try client.get("/file").contains(Self.firstMirror), "it goes on serving")
        let other = try fixture.client()
        #expect(try other.get("/file").contains(Self.firstMirror), "new connections too")
        fixture.server.shutDown()
        #expect(try client.rest() == "")
        #expect(throws: TestSupport.SystemError.self) { try fixture.client() }
    }

    @Test func idleConnectionsDisturbNobody() throws {
        let fixture = try ServerFixture()
        let idle = try (0..<400).map { _ in try fixture.client() }
        #expect(eventually(within: 10) { fixture.server.metrics.openConnections == idle.count })
        #expect(try fixture.client().get("/file").contains(Self.firstMirror))
        for client in idle { #expect(try client.get("/file").contains(Self.firstMirror)) }
    }

    /// The server knows its peers: it believes a trusted one about clients, and no other.
    @Test func believesATrustedPeerOnly() throws {
        let request = "GET /file HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https\r\n\r\n"
        for (proxies, location) in [
            // The only mirror is http, to which an https client is not sent.
            ("127.0.0.0/8", "Location: https://fallback.example/file"),
            ("10.0.0.0/8", Self.firstMirror),
        ] {
            let trusted = try #require(TrustedProxies(proxies))
            let fixture = try ServerFixture { $0.answers.trustedProxies = trusted }
            let client = try fixture.client()
            try client.send(request)
            #expect(try client.answer().head.contains(location))
        }
    }

    /// A page is made on another thread; requests behind it wait and are answered in order.
    @Test func requestsBehindAPageWaitForIt() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        let requests = ["/file", "/file?mirrorlist", "/file", "/?mirrorlist", "/file"]
        try client.send(requests.map { "GET \($0) HTTP/1.1\r\nHost: h\r\n\r\n" }.joined())
        for request in requests {
            let answer = try client.answer()
            if request == "/file" {
                #expect(answer.head.contains(Self.firstMirror))
            } else {
                #expect(answer.head.hasPrefix("HTTP/1.1 200 OK"))
                #expect(answer.body.contains("<html"))
            }
        }
    }

    /// A client that closes its sending half, or asks to close, still gets the page it is waiting
    /// for.
    @Test func aPageIsTheLastAnswerOfAConnection() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        try client.send("GET /file?mirrorlist HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let rest = try client.rest()
        #expect(rest.hasPrefix("HTTP/1.1 200 OK"))
        #expect(rest.contains("</html>") || rest.contains("<html"))
        let halfClosed = try fixture.client()
        try halfClosed.send("GET /file?mirrorlist HTTP/1.1\r\nHost: h\r\n\r\n")
        halfClosed.closeSendingHalf()
        #expect(try halfClosed.rest().hasPrefix("HTTP/1.1 200 OK"))
        #expect(eventually(within: 10) { fixture.server.metrics.openConnections == 0 })
    }

    /// The server stops reading from a client that keeps sending and takes no answers; nothing is
    /// lost.
    @Test func aClientThatTakesNothingIsReadNoFurther() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        let request = Array("GET /file HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        let batch = Array(repeatElement(request, count: 100).joined())
        // The kernel keeps some megabytes for a client that reads nothing; then sending stops.
        let limit = 200 << 20
        var sentCount = 0
        while sentCount < limit {
            let count = client.sendSome(Array(batch[(sentCount % request.count)...]))
            guard count > 0 else { break }
            sentCount += count
        }
        #expect(sentCount < limit, "the server read all that was sent")
        #expect(try fixture.client().get("/file").contains(Self.firstMirror))
        for _ in 0..<1_000 { #expect(try client.answer().head.contains(Self.firstMirror)) }
    }

    @Test func aConnectionEndsAfterItsLastRequest() throws {
        let fixture = try ServerFixture { $0.maxRequests = 3 }
        let client = try fixture.client()
        for number in 1...3 {
            #expect(try client.get("/file").contains("Connection: close") == (number == 3))
        }
        #expect(try client.rest() == "")
    }

    /// At the limit the connection that has been idle longest makes room.
    @Test func theOldestIdleConnectionMakesRoom() throws {
        let fixture = try ServerFixture { $0.maxConnections = 2 }
        let clients = try (0..<3).map { _ in
            let client = try fixture.client()
            _ = try client.get("/file")
            return client
        }
        #expect(try clients[0].rest() == "")
        for client in clients[1...] {
            #expect(try client.get("/file").contains(Self.firstMirror))
        }
    }

    @Test(
        arguments: [
            ("OPTIONS /file HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 "),
            ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 405 "),
            ("GET http://other:81/file HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 302 "),
            ("GET //./file HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 302 "),
            ("GET /file HTTP/2.0\r\nHost: h\r\n\r\n", "HTTP/1.1 505 "),
            ("GET /file HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "),
            ("GET /file\r\n\r\n", "HTTP/1.1 400 "),
        ] as [(String, String)]
    )
    func answersUnusualRequestsByTheBook(request: String, status: String) throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        try client.send(request)
        #expect(try client.answer().head.hasPrefix(status))
    }

    @Test func countsRedirectsAndTimes() throws {
        let fixture = try ServerFixture()
        let client = try fixture.client()
        for _ in 0..<5 { _ = try client.get("/file") }
        try client.send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n")
        let text = try client.answer().body
        #expect(text.contains("redirector_redirects_total{access_point=\"first-http\"} 5\n"))
        #expect(text.contains("redirector_answer_seconds_bucket{le=\"+Inf\"} 5\n"))
        #expect(text.contains("redirector_answer_seconds_count 5\n"))
    }

    @Test func severalLoopsServeOnePort() throws {
        let fixture = try ServerFixture { $0.threads = 3 }
        for _ in 0..<9 {
            #expect(try fixture.client().get("/file").contains(Self.firstMirror))
        }
    }
}

extension String {
    /// The number of occurrences of `part`.
    fileprivate func components(of part: String) -> Int {
        ranges(of: part).count
    }
}
