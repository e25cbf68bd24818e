import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport
import Testing
import Time

@testable import Checking

/// Visits for which the agenda is enough, and reasons to open the state.
@Suite struct AgendaVisitTests {
    /// A store that counts what is read and written, by the ending of its key.
    final class CountingStore: WrappedStore {
        let base = InMemoryStore()
        private let counts = Mutex<[String: Int]>([:])

        /// The operations since the last call: "get state", "put agenda" and so on.
        func takeCounts() -> [String: Int] {
            counts.withLock { counts in
                defer { counts = [:] }
                return counts
            }
        }

        func before(_ operation: StoreOperation, _ key: String) {
            guard operation == .get || operation == .put else { return }
            let kind = key.split(separator: ".").last.map(String.init) ?? ""
            counts.withLock { $0["\(operation) \(kind)", default: 0] += 1 }
        }
    }

    static let points = (0..<10).map { AccessPoint.make("m\($0)") }
    static let catalog = CheckRunTests.catalog(500)
    let store = CountingStore()

    /// Makes a run a number of seconds after the first one; files are missing at the first access
    /// point.
    @discardableResult
    func run(
        after seconds: Int64,
        missing: Set<FileID> = [],
        catalog: Catalog = AgendaVisitTests.catalog
    ) throws -> (report: CheckReport, asked: [Question]) {
        let clock = ManualClock(lateness: seconds)
        let transport = ScriptedTransport(clock: clock) { question in
            CheckRunTests.reply(question) { question in
                guard question.accessPoint == 0, case .file(let id) = question.subject else {
                    return true
                }
                return !missing.contains(id)
            }
        }
        transport.roomPerAccessPoint = 16
        var settings = CheckSettings()
        // Often enough that there are samples within minutes.
        settings.policy.cycleSeconds = 3_600
        let report = try CheckRun(
            targets: .each(Self.points),
            policy: .make(catalog, settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store) { ManualClock.start.secondsSinceEpoch + seconds },
            settings: settings,
            clock: clock,
            random: SeededGenerator(seed: 1),
            shouldStop: { false }
        ).run()
        return (report, transport.asked)
    }

    @Test func anAccessPointWithNothingDueCostsOneSmallRead() throws {
        try run(after: 0)
        _ = store.takeCounts()
        let (report, asked) = try run(after: 1)
        #expect(asked.isEmpty)
        #expect(store.takeCounts() == ["get agenda": 10])
        #expect(report.accessPoints.allSatisfy { $0.summary?.counts.present == 500 })
        #expect(report.ending == .nothingDue)
    }

    @Test func samplesNeedNoState() throws {
        try run(after: 0)
        _ = store.takeCounts()
        var askedCount = 0
        for minute in stride(from: 5, through: 115, by: 5) as StrideThrough<Int64> {
            askedCount += try run(after: minute * 60).asked.count
        }
        #expect(askedCount > 1_000)
        let counts = store.takeCounts()
        #expect(counts["get state"] == nil && counts["put state"] == nil, "\(counts)")
        #expect(counts["put agenda"] ?? 0 > 0)
    }

    @Test func anAnswerThatWasNotForeseenIsTakenByTheState() throws {
        try run(after: 0)
        let missing = Set((0..<500).map { FileID($0) })
        var loss: CheckState?
        for minute in stride(from: 5, through: 60, by: 5) as StrideThrough<Int64> {
            _ = store.takeCounts()
            try run(after: minute * 60, missing: missing)
            let state = try CheckStateStore(store.base).load(Self.points[0]).state
            guard state.outcome(of: FileID(0)) == .absent || state.doubtedAt != nil else {
                continue
            }
            loss = state
            // For the other access points only the agenda was opened.
            #expect(store.takeCounts()["put state"] == 1)
            break
        }
        // Everything was asked for in the same run.
        let state = try #require(loss)
        #expect(missing.allSatisfy { state.outcome(of: $0) == .absent })
        #expect(state.doubtedAt == nil)
    }

    @Test func aNewCatalogOpensTheStates() throws {
        try run(after: 0)
        _ = store.takeCounts()
        var catalog = Self.catalog
        catalog.generation = 2
        let id = catalog.append(.make("new", changedIn: 2))
        let (report, asked) = try run(after: 60, catalog: catalog)
        #expect(asked.count { $0.subject == .file(id) } == 10)
        #expect(report.accessPoints.allSatisfy { $0.summary?.counts.present == 501 })
    }

    /// The state that it stored last may be newer than its agenda.
    @Test func theStateIsOpenedAfterACheckerThatDied() throws {
        try run(after: 0)
        let agenda = try #require(
            try CheckStateStore(store).loadAgenda(of: Self.points[0]).agenda
        )
        let due = try #require(agenda.entries.first).dueAt.seconds(since: ManualClock.start)
        let died = try Lease.acquire("check-m0", for: 5, in: store.base) {
            ManualClock.start.secondsSinceEpoch
        }
        guard case .acquired = died else {
            Issue.record("\(died)")
            return
        }
        _ = store.takeCounts()
        try run(after: max(due, 0) + 900)
        #expect(store.takeCounts()["get state"] == 1)
    }

    @Test func anAgendaThatIsDamagedOrLostCostsALookAtTheState() throws {
        try run(after: 0)
        let key = try BlobKey(Agenda.key(of: "m0"))
        try store.base.put(key, [1, 2, 3])
        try store.base.delete(BlobKey(Agenda.key(of: "m1")))
        _ = store.takeCounts()
        let (_, asked) = try run(after: 1)
        // The lost blobs may have held the samples of a quarter of an hour.
        #expect(Set(asked.map(\.accessPoint)) == [0, 1])
        #expect(asked.count <= 2 * (500 / 4 + 2))
        #expect(store.takeCounts()["get state"] == 2)
        #expect(try CheckStateStore(store).loadAgenda(of: Self.points[0]).agenda != nil)
    }
}
