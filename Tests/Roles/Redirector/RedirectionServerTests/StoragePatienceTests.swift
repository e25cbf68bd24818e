import Foundation
import FunctionRuntime
import Glibc
import HealthFormat
import Linux
import ObjectStorage
import Redirection
import RedirectionServer
import TestSupport
import Testing
import Time

/// Requests that arrive before storage has answered, and storage that never answers.
@Suite struct StoragePatienceTests {
    private static let first = "Location: http://first.example/file"
    private static let fallback = "Location: https://fallback.example/file"

    private func client(of server: RedirectionServer) throws -> LoopbackClient {
        try LoopbackClient(port: server.port)
    }

    private static func request(_ target: String, country: String? = nil) -> String {
        let header = country.map { "CF-IPCountry: \($0)\r\n" } ?? ""
        return "GET \(target) HTTP/1.1\r\nHost: h\r\n\(header)\r\n"
    }

    /// The first client of a cold start gets the mirror; health checks meanwhile do not wait.
    @Test func theFirstAnswerIsRight() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.putHealth()
        try bucket.hang("europe.map")
        let server = try bucket.server { $0.refreshSeconds = 3600 }
        defer { server.shutDown() }
        let early = try client(of: server)
        try early.send(Self.request("/file") + Self.request("/file?mirrorlist"))
        let other = try client(of: server)
        #expect(try other.get("/_/health").hasPrefix("HTTP/1.1 200 "))
        #expect(try other.get("/_/ready").hasPrefix("HTTP/1.1 503 "))
        #expect(try other.get("/metrics").hasPrefix("HTTP/1.1 200 "))
        #expect(!early.hasAnswer)
        bucket.release("europe.map")
        #expect(try early.answer().head.contains(Self.first))
        #expect(try early.answer().body.contains("http://first.example/file"))
        #expect(try other.get("/_/ready").hasPrefix("HTTP/1.1 200 "))
        // The page also needs the digests, which are loaded when they are first needed.
        let looks = bucket.runs.filter { $0.contains("europe.map") || $0.contains("health") }
        #expect(looks.count == 1, "map and health come with one run")
    }

    /// The health of 0.1.0 is asked for if there is no other, and the first answer waits for it.
    @Test func olderHealthIsLookedForAfterwards() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        let down = #"{"checkedAt":"2026-01-01T00:00:00Z","accessPoints":{}}"#
        try bucket.blobs.put(BlobKey(Health.jsonKey), Array(down.utf8))
        let server = try bucket.server { $0.refreshSeconds = 3600 }
        defer { server.shutDown() }
        #expect(try client(of: server).get("/file").contains(Self.first))
        #expect(bucket.runCount == 2)
        #expect(!bucket.runs[0].contains(Health.jsonKey))
        #expect(bucket.runs[1].contains(Health.jsonKey))
    }

    /// No client waits longer than the patience, and after it none waits at all.
    @Test func storageThatHangsHoldsNobodyUp() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.hang("europe.map")
        let server = try bucket.server { $0.storagePatienceMilliseconds = 300 }
        defer { server.shutDown() }
        let clients = try (0..<20).map { _ in try client(of: server) }
        for client in clients { try client.send(Self.request("/file")) }
        for client in clients { #expect(try client.answer().head.contains(Self.fallback)) }
        for _ in 0..<200 { #expect(try clients[0].get("/file").contains(Self.fallback)) }
        bucket.release("europe.map")
        #expect(try eventually(within: 30) { try clients[0].get("/file").contains(Self.first) })
    }

    /// The map arrives while the health hangs: requests are answered from the map.
    @Test func whatHasComeIsUsedWhenThePatienceIsOver() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.hang(Health.key)
        let server = try bucket.server { $0.storagePatienceMilliseconds = 2_000 }
        defer {
            bucket.release(Health.key)
            server.shutDown()
        }
        #expect(try client(of: server).get("/file").contains(Self.first))
    }

    /// A bucket, with copies of its blobs left by a server that ended a moment ago.
    private func bucketWithCopies() throws -> ScriptedBucket {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.putHealth()
        let before = try bucket.server { $0.refreshSeconds = 3600 }
        #expect(try client(of: before).get("/file").contains(Self.first))
        before.shutDown()
        return bucket
    }

    /// With fresh copies a server does not ask storage, and answers immediately.
    @Test func freshCopiesAreEnough() throws {
        let bucket = try bucketWithCopies()
        try bucket.hang("europe.map")
        let server = try bucket.server { $0.refreshSeconds = 3600 }
        defer { server.shutDown() }
        #expect(try client(of: server).get("/_/ready").hasPrefix("HTTP/1.1 200 "))
        #expect(try client(of: server).get("/file").contains(Self.first))
        #expect(bucket.runCount == 1)
    }

    /// A fresh copy that cannot be used does not count: the first request waits for a better one.
    @Test func aDamagedCopyIsNotAnsweredFrom() throws {
        let bucket = try bucketWithCopies()
        try bucket.damageTheCopy()
        let server = try bucket.server { $0.refreshSeconds = 3600 }
        defer { server.shutDown() }
        let answer = try client(of: server).get("/file")
        #expect(answer.contains(Self.first), "\(answer) \(bucket.runs)")
        #expect(bucket.runCount == 2)
    }

    /// Nothing runs without requests, and the first one after a pause gets the latest state.
    @Test func nothingIsFetchedWhileNobodyAsks() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        let server = try bucket.server()
        defer { server.shutDown() }
        let client = try client(of: server)
        #expect(try client.get("/file").contains(Self.first))
        let runCount = bucket.runCount
        try bucket.put(mirror: "second", generation: 2)
        for _ in 0..<25 {
            usleep(100_000)
            // A client that monitors the server does not count.
            #expect(try client.get("/_/health").hasPrefix("HTTP/1.1 200 "))
            #expect(try client.get("/metrics").hasPrefix("HTTP/1.1 200 "))
        }
        #expect(bucket.runCount == runCount)
        // A busy machine may take longer than the moment that a request waits; then the next one
        // gets it.
        #expect(
            try eventually(within: 10) { try client.get("/file").contains("//second.example/file") }
        )
        #expect(bucket.runCount > runCount)
    }

    /// After a pause a request waits for a moment only, whatever the patience at the start.
    @Test func aLookThatHangsAfterAPauseIsNotWaitedFor() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        // Every request comes after a pause.
        let server = try bucket.server { $0.refreshSeconds = 0 }
        defer { server.shutDown() }
        let client = try client(of: server)
        #expect(try client.get("/file").contains(Self.first))
        try bucket.hang("europe.map")
        try bucket.put(mirror: "second", generation: 2)
        #expect(try client.get("/file").contains(Self.first), "the look was waited for")
        bucket.release("europe.map")
        #expect(
            try eventually(within: 30) { try client.get("/file").contains("//second.example/file") }
        )
    }

    // MARK: Several regions

    private func regional(_ settings: inout RedirectorSettings) {
        settings.region = "auto"
        settings.defaultRegion = "europe"
    }

    /// The server starts although it knows nothing about the regions, and answers with the
    /// fallback.
    @Test func aRegionalServerStartsWhileTheBucketHangs() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.hang("regions.json")
        let server = try bucket.server {
            regional(&$0)
            $0.storagePatienceMilliseconds = 200
        }
        defer { server.shutDown() }
        let client = try client(of: server)
        #expect(try client.get("/file").contains(Self.fallback))
        bucket.release("regions.json")
        #expect(try eventually(within: 30) { try client.get("/file").contains(Self.first) })
    }

    /// One region's map hangs, and another region's is loaded beside it.
    @Test func regionsAreLoadedSideBySide() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.put(mirror: "asian", region: "asia")
        try bucket.hang("asia.map")
        let server = try bucket.server(regional)
        defer { server.shutDown() }
        let asian = try client(of: server)
        try asian.send(Self.request("/file", country: "JP"))
        let european = try client(of: server)
        try european.send(Self.request("/file", country: "DE"))
        #expect(try european.answer().head.contains(Self.first))
        #expect(!asian.hasAnswer)
        bucket.release("asia.map")
        #expect(try asian.answer().head.contains("Location: http://asian.example/file"))
    }

    /// While a region's map does not arrive, its clients get the map of the default region.
    @Test func theDefaultRegionStandsIn() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.put(mirror: "asian", region: "asia")
        try bucket.hang("asia.map")
        let server = try bucket.server {
            regional(&$0)
            $0.storagePatienceMilliseconds = 500
        }
        defer { server.shutDown() }
        let client = try client(of: server)
        // The default region's map comes with the first request, or soon after it on a busy
        // machine.
        #expect(try eventually(within: 30) { try client.get("/file").contains(Self.first) })
        func location() throws -> String {
            try client.send(Self.request("/file", country: "JP"))
            return try client.answer().head
        }
        #expect(try location().contains(Self.first))
        bucket.release("asia.map")
        #expect(try eventually(within: 30) { try location().contains("//asian.example/file") })
    }

    /// Digests are optional: a redirect goes without them if they do not arrive.
    @Test func digestsThatDoNotComeAreNotWaitedForTwice() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        try bucket.hang("1.details")
        let server = try bucket.server { $0.storagePatienceMilliseconds = 500 }
        defer {
            bucket.release("1.details")
            server.shutDown()
        }
        let client = try client(of: server)
        #expect(try client.get("/file").contains(Self.first))
        for _ in 0..<50 {
            try client.send("GET /file HTTP/1.1\r\nHost: h\r\nWant-Repr-Digest: sha-256=1\r\n\r\n")
            #expect(try client.answer().head.contains(Self.first))
        }
    }

    // MARK: As CGI

    /// The answer to a request that is read after storage was waited for, just after `isRead`.
    private func cgi(
        _ settings: RedirectorSettings,
        isRead: () -> Void = {}
    ) throws -> String {
        let variables = ["REQUEST_METHOD": "GET", "PATH_INFO": "/file"]
        let bytes = try CGIProgram.answer(settings, now: .now) { name in
            isRead()
            return variables[name].map { Array($0.utf8) }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func aOneShotWaitsNoLongerEither() throws {
        let bucket = try ScriptedBucket()
        try bucket.put(mirror: "first")
        var settings = bucket.settings
        #expect(try cgi(settings).contains("Location: http://first.example/file"))
        let other = try ScriptedBucket()
        try other.put(mirror: "first")
        try other.hang("europe.map")
        settings = other.settings
        settings.storagePatienceMilliseconds = 100
        // Fetches that have begun are completed before the process ends.
        let late = try cgi(settings) { other.release("europe.map") }
        #expect(late.contains("Location: https://fallback.example/file"))
        #expect(try cgi(settings).contains("Location: http://first.example/file"))
    }
}
