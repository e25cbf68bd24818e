import Catalogs
import CheckPlanning
import CheckStates
import JSON
import Linux
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Checking

/// Throughput of real servers, session by session.
@Suite struct ThroughputTests {
    let store = InMemoryStore()
    /// The files of the tree, in bytes.
    static let sizes = [1 << 20, 200_000, 10]

    /// Sets up the store with a mirror for each server, on which every file is proven.
    private func deploy(
        _ baseURLs: [String],
        sizes: [Int] = Self.sizes,
        isMetered: (Int) -> Bool = { _ in false }
    ) throws {
        let mirrors = try baseURLs.enumerated().map { index, url in
            var point = AccessPoint.make("m\(index)", baseURL: url)
            point.isMetered = isMetered(index)
            return try Mirror.make("m\(index)", [point])
        }
        try store.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: mirrors).json.serialized()
        )
        var catalog = Catalog(generation: 1)
        for (index, size) in sizes.enumerated() {
            catalog.append(.make("f\(index)", byteCount: UInt64(size)))
        }
        let catalogs = CatalogStore(store)
        try catalogs.publish(catalog, replacing: catalogs.current())
        for mirror in mirrors {
            let point = mirror.accessPoints[0]
            var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
            for id in catalog.ids {
                state[id] = .make(.present, askedSecondsAgo: 60, generation: 1)
            }
            try store.put(BlobKey("checks/\(point.id).state"), state.encoded())
        }
    }

    /// One session in Europe, a number of seconds after the first.
    private func check(
        after seconds: Int64 = 0,
        mode: CheckRequest.Mode = .check,
        adjust: (inout CheckRequest) -> Void = { _ in }
    ) throws {
        var request = CheckRequest()
        request.mode = mode
        request.from = "europe"
        request.settings.requestsPerSecond = 0
        adjust(&request)
        let session = CheckSession(
            request: request,
            store: store,
            clock: RealMirror.ShiftedClock(shift: seconds),
            report: { _ in }
        )
        _ = try session.run { points throws(CheckingError) in
            try ProtocolTransport(
                accessPoints: points,
                settings: request.settings,
                version: "9.9"
            )
        }
    }

    private func samples(_ id: AccessPoint.ID) throws -> ThroughputSamples {
        try store.probeSamples(of: "europe").accessPoints[id]?.throughput ?? ThroughputSamples()
    }

    private static func server(_ limits: String = "", sizes: [Int] = Self.sizes) throws -> Nginx {
        let server = try Nginx(server: limits)
        for (index, size) in sizes.enumerated() {
            try server.addFile("f\(index)", byteCount: size)
        }
        return server
    }

    private static func transfers(_ server: Nginx) -> [String] {
        server.text(of: "access.log").split(separator: "\n").filter { $0.contains("GET /f") }
            .map(String.init)
    }

    @Test func aServerWithALimitIsMeasuredAsSlowAsItIs() throws {
        let slow = try Self.server("limit_rate 64k;")
        let fast = try Self.server()
        try deploy([slow.baseURL, fast.baseURL])
        try check()
        let (slowest, fastest) = (try samples("m0").spread, try samples("m1").spread)
        // nginx sends a second's allowance at once and then waits.
        #expect((32...192).contains(slowest?.median ?? 0))
        #expect(fastest?.median ?? 0 >= 20 * (slowest?.median ?? .max))
        slow.stop()
        fast.stop()
        // The first file is the largest; the bytes of ten seconds were enough.
        #expect(Self.transfers(fast).count == 1)
        #expect(
            Self.transfers(fast).allSatisfy { $0.contains("GET /f0") && $0.contains("1048576") }
        )
        #expect(Self.transfers(slow).count == 1)
    }

    /// The whole file would take three hours.
    @Test func whatCameInTenSecondsCounts() throws {
        let server = try Self.server("limit_rate 100;")
        try deploy([server.baseURL])
        try check()
        server.stop()
        #expect(try samples("m0").measured.map(\.kibibytesPerSecond) == [1])
        #expect(Self.transfers(server).count == 1)
    }

    @Test func onceADayWhateverTheNumberOfRuns() throws {
        let server = try Self.server()
        try deploy([server.baseURL])
        let hours: Int64 = 48
        for run in 0..<hours * 2 { try check(after: run * 1_800) }
        let count = try samples("m0").measured.count
        #expect((2...3).contains(count))
        server.stop()
        #expect(Self.transfers(server).count == count)
    }

    @Test func aRunThatIsKilledHasMeasured() throws {
        let server = try Self.server()
        try deploy([server.baseURL])
        let now = Timestamp.now
        let first = try store.beginMeasuring(["m0"], from: "europe", now: now) { _ in 0 }
        let second = try store.beginMeasuring(["m0"], from: "europe", now: now) { _ in 0 }
        #expect(first == ["m0"] && second.isEmpty)
        try check()
        server.stop()
        #expect(Self.transfers(server).isEmpty)
        #expect(try samples("m0").measured.isEmpty)
    }

    @Test func whatIsMeteredOrNotWantedIsNeverMeasured() throws {
        let metered = try Self.server()
        let other = try Self.server()
        try deploy([metered.baseURL, other.baseURL]) { $0 == 0 }
        try check(mode: .probe)
        try check { $0.settings.measuresThroughput = false }
        try check { $0.from = nil }
        // A check that names one mirror.
        try check { $0.mirrorIDs = ["m1"] }
        // The budget is too short for a transfer.
        try check { $0.settings.budgetSeconds = 10 }
        #expect(Self.transfers(other).isEmpty)
        for day in 0..<3 as Range<Int64> { try check(after: day * 86_400) }
        metered.stop()
        other.stop()
        #expect(Self.transfers(metered).isEmpty)
        #expect(Self.transfers(other).count >= 2)
        #expect(try samples("m0") == ThroughputSamples())
    }

    /// A URL listed by two mirrors is measured once, and never if one of them is metered.
    @Test(arguments: [false, true])
    func oneURLOfTwoMirrorsIsMeasuredOnce(isMetered: Bool) throws {
        let server = try Self.server()
        try deploy([server.baseURL, server.baseURL]) { $0 == 1 && isMetered }
        try check()
        server.stop()
        #expect(Self.transfers(server).count == (isMetered ? 0 : 1))
        #expect(try samples("m1").measured.count == (isMetered ? 0 : 1))
        #expect(try samples("m0").measured == samples("m1").measured)
    }

    /// No more than 4 MiB of a large file, even if the server does not support ranges.
    @Test(arguments: ["", "max_ranges 0;"])
    func noMirrorGivesMoreThanFourMebibytes(limits: String) throws {
        let size = 64 << 20
        let server = try Self.server(limits + "sendfile_max_chunk 64k;", sizes: [size])
        try deploy([server.baseURL], sizes: [size])
        try check()
        server.stop()
        let lines = Self.transfers(server)
        #expect(lines.count == 1)
        if limits.isEmpty { #expect(lines.first?.contains(" 206 4194304 ") == true) }
        #expect(try samples("m0").measured.count == 1)
    }

    /// It is measured on another day; nothing was noted, so the day is not lost.
    @Test func aHostThatWantsAPauseIsLeftAlone() throws {
        try deploy(["http://m0.example/", "http://m1.example/"])
        let clock = ManualClock()
        var request = CheckRequest()
        request.from = "europe"
        let session = CheckSession(request, store, clock, after: 0)
        let transport = ScriptedTransport(clock: clock) { question in
            CheckRunTests.reply(question) { _ in true }
        }
        transport.pauses[AccessPointNumber(index: 0)] = .seconds(900)
        _ = try session.run { _ in transport }
        let asked = transport.asked.filter { $0.isSample }.map(\.accessPoint.index)
        #expect(asked == [1])
        #expect(try samples("m0").askedAt == nil)
        #expect(try samples("m1").askedAt != nil)
    }

    @Test func smallFilesTellNothing() throws {
        let server = try Self.server(sizes: [200_000, 10])
        try deploy([server.baseURL], sizes: [200_000, 10])
        try check()
        server.stop()
        #expect(Self.transfers(server).isEmpty)
        #expect(try samples("m0").measured.isEmpty)
    }
}
