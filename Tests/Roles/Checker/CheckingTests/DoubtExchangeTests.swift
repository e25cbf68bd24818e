import Catalogs
import CheckPlanning
import CheckStates
@testable import Checking
import HealthFormat
import HealthStorage
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// The findings of checks reach redirectors through health, and the findings of probes reach
/// checks.
@Suite struct DoubtExchangeTests {
    let store = InMemoryStore()
    static let catalog: Catalog = {
        var catalog = Catalog(generation: 1)
        for folder in 0..<20 {
            for file in 0..<20 { catalog.append(.make("d\(folder)/f\(file)")) }
        }
        catalog.append(
            ExpectedFile(
                path: TreePath("latest"),
                kind: .symlink,
                byteCount: 10,
                modified: Timestamp(secondsSinceEpoch: 0),
                target: TreePath("d3/f0"),
                firstSeen: Timestamp(secondsSinceEpoch: 0),
                changedIn: 1
            )
        )
        return catalog
    }()

    /// Two mirrors; the first one is listed a second time.
    func publish() throws {
        let country = try #require(CountryCode("DE"))
        let mirrors = ["a", "b", "c"].map { id in
            let host = id == "c" ? "a" : id
            return Mirror(
                id: id,
                name: id,
                country: country,
                region: "europe",
                accessPoints: [.make("\(id)-http", baseURL: "http://\(host).example/")]
            )
        }
        try store.put(BlobKey("mirrors.json"), MirrorList(mirrors: mirrors).json.serialized())
        let catalogs = CatalogStore(store)
        try catalogs.publish(Self.catalog, replacing: catalogs.current())
    }

    /// Runs one session a number of seconds after the first one; the first mirror lacks these
    /// files.
    @discardableResult
    func check(
        after seconds: Int64,
        missing: @escaping (String) -> Bool = { _ in false }
    ) throws -> [String] {
        let clock = ManualClock(lateness: seconds)
        var request = CheckRequest()
        request.settings.policy.cycleSeconds = 3_600
        request.settings.policy.shrinkPercent = 100
        let session = CheckSession(request, store, clock, after: seconds)
        let transport = ScriptedTransport(clock: clock) { question in
            guard question.subject != .impossibleName else {
                return .answered(status: 404, byteCount: nil)
            }
            let path = "\(TreePath(bytes: Array(question.path)))"
            return question.accessPoint == 0 && missing(path)
                ? .answered(status: 404, byteCount: nil) : .answered(status: 200, byteCount: 10)
        }
        transport.roomPerAccessPoint = 16
        _ = try session.run { _ in transport }
        return transport.files
    }

    func doubt(of id: AccessPoint.ID) throws -> Health.Doubt? {
        try HealthStore(store).read().doubts[id]
    }

    @Test func aFolderThatIsLostIsInHealthUnderAllItsNames() throws {
        try publish()
        try check(after: 0)
        #expect(try HealthStore(store).read().doubts.isEmpty)
        var found: Health.Doubt?
        for minute in stride(from: 20, through: 120, by: 20) as StrideThrough<Int64> {
            try check(after: minute * 60) { $0.hasPrefix("d3/") }
            found = try doubt(of: "a-http")
            if found != nil { break }
        }
        let doubt = try #require(found)
        #expect(!doubt.awaitsCheck)
        for path in ["d3/f0", "d3/f19", "latest"] {
            #expect(doubt.covers(PathFilter.hash(of: Array(path.utf8)[...])), "\(path)")
        }
        let others = (0..<20).filter { number in
            doubt.covers(PathFilter.hash(of: Array("d4/f\(number)".utf8)[...]))
        }
        #expect(others.count < 3)
        // Access points with the same URL are doubted, too; the other mirror is not.
        #expect(try self.doubt(of: "c-http") == doubt)
        #expect(try self.doubt(of: "b-http") == nil)
        // It ends when there are maps without the files.
        try check(after: 5 * 3_600) { $0.hasPrefix("d3/") }
        try check(after: 6 * 3_600) { $0.hasPrefix("d3/") }
        #expect(try self.doubt(of: "a-http") == nil)
    }

    /// The evidence that a probe which met a missing file leaves for the next check.
    func leaveEvidence(_ file: FileID, _ reason: DoubtReason, after seconds: Int64) throws {
        let now = ManualClock.start.advanced(bySeconds: seconds)
        let hash = PathFilter.hash(of: Self.catalog.pathBytes(of: file))
        try HealthStore(store).update(now: now) { health in
            health.doubts["a-http"] = Health.Doubt(
                reason: reason,
                since: now,
                scope: reason == .returned ? .whole : .paths(PathFilter(hashes: [hash])),
                evidence: [Health.Evidence(fileID: file.rawValue, outage: .status(404))],
                awaitsCheck: true
            )
        }
    }

    @Test func whatAProbeMetIsLookedIntoAtOnce() throws {
        try publish()
        try check(after: 0)
        try leaveEvidence(FileID(61), .lost, after: 70)
        let files = try check(after: 80) { $0.hasPrefix("d3/") }
        // The folder of the missing file is asked for, although it is not due.
        #expect((0..<20).allSatisfy { $0 == 1 || files.contains("0:d3/f\($0)") })
        let state = try CheckStateStore(store).load(.make("a-http", baseURL: "http://a.example/"))
        #expect((60..<80).allSatisfy { state.state.outcome(of: FileID($0)) == .absent })
        let doubt = try #require(try doubt(of: "a-http"))
        #expect(!doubt.awaitsCheck)
        #expect(doubt.covers(PathFilter.hash(of: Array("d3/f7".utf8)[...])))
    }

    @Test func aDoubtOfAProbeThatWasWrongIsLifted() throws {
        try publish()
        try check(after: 0)
        try leaveEvidence(FileID(61), .returned, after: 70)
        // The evidence alone is believed until the file is asked for again.
        for minute in 2..<8 as Range<Int64> { try check(after: minute * 60) }
        #expect(try doubt(of: "a-http") == nil)
        let state = try CheckStateStore(store).load(.make("a-http", baseURL: "http://a.example/"))
        #expect(state.state.doubtedAt == nil)
    }

    @Test func whatAProbeWroteMeanwhileIsNotLostToADoubtOfTheRun() throws {
        try publish()
        let scope = try CheckScope(
            CheckRequest(),
            mirrors: store.mirrors(),
            own: store.mirrors()
        )
        let exchange = HealthExchange(HealthStore(store), scope)
        let policy = CheckPolicy.make(Self.catalog, CheckSettings())
        let now = ManualClock.start.advanced(bySeconds: 100)
        _ = exchange.exchange([:], policy, now)
        try leaveEvidence(FileID(61), .lost, after: 90)
        // The run does not know about it, and doubts nothing.
        let nothing: HealthExchange.Doubts = ["a-http": AccessPointDoubt?.none]
        let news = try #require(exchange.exchange(nothing, policy, now))
        #expect(try doubt(of: "a-http")?.awaitsCheck == true)
        #expect(news["a-http"]?.findings.count == 1)
        // A doubt about everything counts all the same.
        try leaveEvidence(FileID(61), .lost, after: 95)
        let whole = AccessPointDoubt(since: now, reason: .lost, scope: .whole, evidence: [])
        _ = exchange.exchange(["a-http": whole], policy, now)
        #expect(try doubt(of: "a-http")?.scope == .whole)
        #expect(try doubt(of: "a-http")?.awaitsCheck == true)
        // Now the run knows.
        _ = exchange.exchange(nothing, policy, now)
        #expect(try doubt(of: "a-http") == nil)
    }
}
