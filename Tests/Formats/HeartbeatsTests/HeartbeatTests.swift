import Events
import FunctionRuntime
import Heartbeats
import ObjectStorage
import RunRecords
import TestSupport
import Testing
import Time

@Suite struct HeartbeatTests {
    private let store = InMemoryStore()
    private let start = Timestamp(secondsSinceEpoch: 1_796_083_200)

    /// Makes one run that begins this number of seconds later and takes two.
    private func run(
        at seconds: Int64,
        in store: (any BlobStore)? = nil,
        _ work: (RunNotes) throws -> Int
    ) throws -> Int {
        var ticks = [seconds, seconds + 2]
        let heartbeat = try Heartbeat(
            .builder,
            store ?? self.store,
            Environment(["RUN_INTERVAL_SECONDS": "60"])
        ) { start.advanced(bySeconds: ticks.count > 1 ? ticks.removeFirst() : ticks[0]) }
        return try heartbeat.around(work)
    }

    private var events: [Event] {
        get throws { try store.events(on: EventDay(of: start)).events }
    }

    @Test func aRunThatSucceedsLeavesItsTimes() throws {
        #expect(try run(at: 0) { _ in 7 } == 7)
        let record = try #require(try store.runRecord(of: .builder))
        #expect(record.startedAt == start)
        #expect(record.endedAt == start.advanced(bySeconds: 2))
        #expect(record.lastSuccessAt == record.endedAt)
        #expect(record.intervalSeconds == 60)
        #expect(record.program == Function.version)
        #expect(try events.isEmpty)
    }

    @Test func whatARunWarnsOfIsInItsRecordUntilItIsOver() throws {
        _ = try run(at: 0) { notes in
            notes.warn("nobody can reach us")
            return 1
        }
        let record = try #require(try store.runRecord(of: .builder))
        #expect(record.exit == 0)
        #expect(record.warnings == ["nobody can reach us"])
        _ = try run(at: 60) { _ in 1 }
        #expect(try store.runRecord(of: .builder)?.warnings == [])
    }

    static let failures: [(error: any Error, exit: Int)] = [
        (FunctionError.failed("no"), 1), (FunctionError.badRequest("no"), 2),
        (FunctionError.refused("no"), 3), (FunctionError.guarded("no"), 4),
        (StorageError.noBucket("no"), 1),
    ]

    @Test(arguments: failures.indices)
    func aRunThatFailsLeavesWhy(_ index: Int) throws {
        let (error, exit) = Self.failures[index]
        #expect(throws: (any Error).self) { try run(at: 0) { _ in throw error } }
        let record = try #require(try store.runRecord(of: .builder))
        #expect(record.exit == exit)
        #expect(record.error?.contains("no") == true)
        #expect(record.failingSince == start.advanced(bySeconds: 2))
        #expect(record.lastSuccessAt == nil)
    }

    @Test func thatItBeganToFailAndRecoveredIsAnEventEach() throws {
        let failure = FunctionError.failed("storage is away")
        _ = try run(at: 0) { _ in 0 }
        for second in [60, 120] as [Int64] {
            #expect(throws: failure) { try run(at: second) { _ in throw failure } }
        }
        _ = try run(at: 180) { _ in 0 }
        _ = try run(at: 240) { _ in 0 }
        #expect(try events.map(\.kind) == [.failed, .recovered])
        #expect(try events.map(\.subject) == ["builder", "builder"])
        #expect(try events.first?.text == "storage is away")
        #expect(try events.first?.is == "1")
        #expect(try events.last?.was == "1")
    }

    /// Status and record report it each time, the log once a day.
    @Test func aRefusalIsLoggedOnceADay() throws {
        let refusal = FunctionError.guarded("lost 31 %")
        func refuse(at seconds: Int64) -> (isLogged: Bool, error: FunctionError?) {
            var isLogged = false
            do {
                _ = try run(at: seconds) { notes in
                    isLogged = notes.refuse("europe", reason: "lost 31 %")
                    throw refusal
                }
                return (isLogged, nil)
            } catch {
                return (isLogged, error as? FunctionError)
            }
        }
        #expect(refuse(at: 0) == (true, refusal))
        #expect(refuse(at: 60) == (false, .repeated(refusal)))
        #expect(refuse(at: 86_399) == (false, .repeated(refusal)))
        #expect(FunctionError.repeated(refusal).exitStatus == 4)
        let record = try #require(try store.runRecord(of: .builder))
        #expect(record.exit == 4)
        #expect(record.refusals["europe"]?.since == start)
        #expect(refuse(at: 86_400) == (true, refusal))
        _ = try run(at: 86_460) { _ in 0 }
        #expect(try store.runRecord(of: .builder)?.refusals.isEmpty == true)
        #expect(refuse(at: 86_520) == (true, refusal))
    }

    @Test func whatIsNotedIsStoredOfFailedRunsToo() throws {
        #expect(throws: FunctionError.failed("no")) {
            try run(at: 0) { notes in
                notes.add(.map, "7", region: "europe", text: "+1 mirror")
                throw FunctionError.failed("no")
            }
        }
        #expect(try events.map(\.kind) == [.map, .failed])
        #expect(try events.first?.by == "builder")
    }

    /// The work is done and its error is reported, whatever happens to the record.
    @Test func storageThatFailsCostsTheRecordAlone() throws {
        #expect(try run(at: 0, in: BrokenStore()) { _ in 7 } == 7)
        #expect(throws: FunctionError.refused("no")) {
            try run(at: 0, in: BrokenStore()) { _ in throw FunctionError.refused("no") }
        }
    }

    @Test func anIntervalThatIsNoneIsRefused() {
        #expect(throws: FunctionError.self) {
            try Heartbeat(.leader, store, Environment(["RUN_INTERVAL_SECONDS": "soon"]))
        }
    }
}

/// A store that does nothing.
private struct BrokenStore: BlobStore {
    private let error = StorageError.noBucket("gone")

    func get(_ key: BlobKey) throws(StorageError) -> Blob? { throw error }

    func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) throws(StorageError) -> ChangedBlob {
        throw error
    }

    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        throw error
    }

    func delete(_ key: BlobKey) throws(StorageError) { throw error }
    func entries(prefix: String) throws(StorageError) -> [BlobEntry] { throw error }
}
