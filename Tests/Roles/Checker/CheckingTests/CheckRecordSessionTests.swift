import Catalogs
import CheckPlanning
import CheckStates
@testable import Checking
import Events
import HealthFormat
import HealthStorage
import Heartbeats
import JSON
import Mirrors
import ObjectStorage
import RunRecords
import Synchronization
import TestSupport
import Testing
import Time

/// The records that checks and probes leave for operators.
@Suite struct CheckRecordSessionTests {
    private let clock = ManualClock()
    private let store = InMemoryStore()

    init() throws {
        try CheckRequestTests.publish(.make(files: (0..<700).map { ("f\($0)", 1, 0) }), in: store)
    }

    /// Runs and returns the records, and the number of files that each access point was asked for.
    @discardableResult
    private func run(
        _ request: CheckRequest = CheckRequest(),
        script: @escaping (Question) -> Reply
    ) throws -> (events: [Event], asked: [AccessPointNumber: Int], warnings: [String]) {
        let clock = ManualClock(lateness: Int64(self.clock.elapsed))
        let notes = RunNotes(author: "checker", now: clock.now)
        let session = CheckSession(request: request, store: store, clock: clock, notes: notes)
        let transport = ScriptedTransport(clock: clock, script: script)
        transport.roomPerAccessPoint = 100
        _ = try session.run { _ in transport }
        // Time passes between runs.
        self.clock.elapsed += clock.elapsed + 300
        var asked: [AccessPointNumber: Int] = [:]
        for question in transport.asked where question.isAboutFile {
            asked[question.accessPoint, default: 0] += 1
        }
        return (notes.events, asked, notes.warnings)
    }

    private func well(_ question: Question) -> Reply { CheckSessionTests.well(question) }

    private func refusing(_ question: Question) -> Reply {
        question.accessPoint == 0
            ? .answered(status: 403, byteCount: 162) : well(question)
    }

    private func line(_ id: String) throws -> CheckRecord.Line {
        try #require(try CheckLines(store.checkRecords())[id])
    }

    @Test(arguments: ["check", "probe"])
    func everyRunWarnsWhereNobodyCanTurnToAnyone(mode: String) throws {
        let text = #"{"mode":"\#(mode)"}"#
        let anonymous = try run(CheckRequestTests.request(text), script: well)
        #expect(anonymous.warnings.count == 1)
        #expect(anonymous.warnings.first?.hasPrefix("CHECK_CONTACT is not set") == true)
        let contact = ["CHECK_CONTACT": "https://example.org/mirrors"]
        #expect(try run(CheckRequestTests.request(text, contact), script: well).warnings == [])
    }

    @Test func aCheckLeavesWhatEachAccessPointAnswered() throws {
        try run { question in
            guard question.isAboutFile, question.accessPoint != 0 else { return well(question) }
            return question.path.last == UInt8(ascii: "7")
                ? .answered(status: 404, byteCount: nil) : well(question)
        }
        let record = try #require(try store.checkRecords().first)
        #expect(record.slot == "0")
        #expect(record.generation == 1)
        let (a, b) = (try line("a-http"), try line("b-http"))
        #expect(a.answers.counts == ["200": 700])
        #expect(a.answers.samples.isEmpty)
        #expect(a.counts?.present == 700)
        #expect(b.answers.counts["404"] ?? 0 >= 70)
        #expect(b.answers.samples.count == 3)
        #expect(b.answers.samples.allSatisfy { $0.path.hasSuffix("7") && $0.answer == "404" })
    }

    /// No mirror is asked 150,000 times for what it refuses.
    @Test func aMirrorThatRefusesEverythingIsAskedLittleNextTime() throws {
        let first = try run(script: refusing)
        let refusedCount = try #require(first.asked[AccessPointNumber(index: 0)])
        #expect((50...600).contains(refusedCount), "\(refusedCount)")
        #expect(try line("b-http").askedCount == 700)
        #expect(first.events.contains { $0.kind == .refused && $0.subject == "a-http" })
        #expect(first.events.first { $0.kind == .refused }?.is == "403")
        #expect(try line("a-http").answers.refusedStatus == 403)
        #expect(try line("a-http").answers.samples.first?.byteCount == 162)

        let second = try run(script: refusing)
        #expect(second.asked[AccessPointNumber(index: 0), default: 0] <= 50)
        #expect(!second.events.contains { $0.kind == .refused || $0.kind == .accepted })
        #expect(try line("a-http").answers.refusedStatus == 403)

        // One file is asked for now and then; when it is there, all are.
        var (askedCount, accepted) = (0, false)
        for _ in 1...48 where !accepted {
            clock.elapsed += 3_600
            let next = try run(script: well)
            askedCount += next.asked[AccessPointNumber(index: 0), default: 0]
            accepted = next.events.contains { $0.kind == .accepted && $0.subject == "a-http" }
        }
        #expect(accepted)
        #expect(askedCount > 50)
        #expect(try line("a-http").answers.refusedStatus == nil)
    }

    /// A few right answers among refusals do not count; more of them do.
    @Test(arguments: [(rightOneIn: 200, isLeft: true), (rightOneIn: 20, isLeft: false)])
    func aRunStopsAt500AnswersOfWhichNearlyAllAreRefusals(
        rightOneIn rate: Int,
        isLeft: Bool
    ) throws {
        for key in store.list(prefix: "catalog/") { store.delete(key) }
        let catalogs = CatalogStore(store)
        try catalogs.publish(
            Catalog.make(files: (0..<5000).map { ("f\($0)", 10, 0) }),
            replacing: catalogs.current()
        )
        let result = try run { question in
            guard question.accessPoint == 0, question.isAboutFile else { return well(question) }
            let number = Int(String(decoding: question.path.dropFirst(), as: UTF8.self)) ?? 0
            return number % rate == 0
                ? .answered(status: 200, byteCount: 10) : .answered(status: 403, byteCount: 162)
        }
        let askedCount = try #require(result.asked[AccessPointNumber(index: 0)])
        if isLeft {
            // Questions in flight at the five-hundredth answer are awaited.
            #expect((500...600).contains(askedCount), "\(askedCount)")
            #expect(try line("a-http").problem == "refuses us: 403")
        } else {
            #expect(askedCount > 600, "\(askedCount)")
        }
        #expect(try line("b-http").askedCount == 5000)
    }

    @Test func eachSlotAndWhatWasSelectedHaveRecordsOfTheirOwn() throws {
        try run(script: well)
        var request = CheckRequest()
        request.accessPointIDs = ["a-http"]
        try run(request, script: well)
        request.slot = 3
        try run(request, script: well)
        #expect(try store.checkRecords().map(\.slot) == ["0", "3", "selected"])
        request.slot = nil
        #expect(!request.isScheduled)
        #expect(CheckRequest().isScheduled)
    }

    @Test func aProbeNotesOutagesAndRecoveries() throws {
        var request = CheckRequest()
        request.mode = .probe
        let down = try run(request) { question in
            question.accessPoint == 0 ? .failed(reason: "x", outage: .refused) : well(question)
        }
        #expect(down.events.map(\.kind) == [.down])
        #expect(down.events.first?.subject == "a-http")
        #expect(down.events.first?.is == "refused")
        #expect(down.events.first?.text == "connection refused")
        let same = try run(request) { question in
            question.accessPoint == 0 ? .failed(reason: "x", outage: .refused) : well(question)
        }
        #expect(same.events == [])
        let up = try run(request, script: well)
        #expect(up.events.map(\.kind) == [.up])
        #expect(up.events.first?.was == "refused")
    }

    /// Without health before or after a check it is not known what changed.
    @Test(arguments: [true, false])
    func noDoubtComesOrGoesBecauseHealthCannotBeRead(isUnreadableBefore: Bool) throws {
        let shut = ShutStore(store)
        _ = try HealthStore(store).update(now: clock.now) { health in
            health.doubts["b-http"] = Health.Doubt(reason: .lost, since: clock.now, scope: .whole)
        }
        let notes = RunNotes(author: "checker", now: clock.now)
        let session = CheckSession(
            request: CheckRequest(),
            store: shut,
            clock: clock,
            notes: notes
        )
        shut.isShut = isUnreadableBefore
        let before = session.doubts()
        #expect((before == nil) == isUnreadableBefore)
        shut.isShut = !isUnreadableBefore
        let line = CheckReport.Line(id: "b-http", askedCount: 0, unstoredCount: 0, seconds: 0)
        session.leave(
            CheckReport(ending: .nothingDue, generation: 1, seconds: 0, accessPoints: [line]),
            startedAt: clock.now,
            after: CheckLines([]),
            doubtsBefore: before,
            slot: "0",
            isShared: false
        )
        #expect(notes.events == [])
    }
}

/// A store whose health cannot be read while it is shut.
private final class ShutStore: WrappedStore {
    let base: InMemoryStore
    private let shut = Atomic(false)

    init(_ base: InMemoryStore) {
        self.base = base
    }

    var isShut: Bool {
        get { shut.load(ordering: .relaxed) }
        set { shut.store(newValue, ordering: .relaxed) }
    }

    func before(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        guard isShut, key == Health.key else { return }
        throw .unavailable(operation: "read", reason: "it is shut", attempts: 1)
    }
}
