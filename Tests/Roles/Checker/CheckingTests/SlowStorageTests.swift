import Catalogs
import CheckPlanning
import CheckStates
import Glibc
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport
import Testing

@testable import Checking

/// A slow store, with threads of its own, while mirrors are asked.
@Suite struct SlowStorageTests {
    let clock = ManualClock()
    let store = HeldStore()
    static let points = [AccessPoint.make("a"), AccessPoint.make("b")]

    /// A store in which writes of one key wait until they are released.
    final class HeldStore: WrappedStore {
        let base = InMemoryStore()
        private let heldKey = Mutex<String?>(nil)
        private let waitingCount = Atomic<Int>(0)
        private let failing = Mutex<(key: String, count: Int)?>(nil)

        /// Makes writes of `key` wait from now on; nil releases all of them.
        func hold(_ key: String?) { heldKey.withLock { $0 = key } }

        /// Makes the next `count` writes of `key` fail.
        func fail(_ key: String, times count: Int) { failing.withLock { $0 = (key, count) } }

        private func failsNow(_ key: String) -> Bool {
            failing.withLock { failing in
                guard let (failingKey, count) = failing, failingKey == key, count > 0 else {
                    return false
                }
                failing = (failingKey, count - 1)
                return true
            }
        }

        /// Whether a write is waiting.
        var isHolding: Bool { waitingCount.load(ordering: .sequentiallyConsistent) > 0 }

        func before(_ operation: StoreOperation, _ key: String) throws(StorageError) {
            guard operation == .put else { return }
            if failsNow(key) {
                throw .unavailable(operation: "write \(key)", reason: "by the test", attempts: 1)
            }
            let isHeld = { self.heldKey.withLock { $0 == key } }
            guard isHeld() else { return }
            waitingCount.add(1, ordering: .sequentiallyConsistent)
            #expect(eventually(within: 120, every: 0.001) { !isHeld() })
            waitingCount.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    /// Makes one run; `during` sees every question before its answer, and whether a write is
    /// waiting.
    ///
    /// While no question is asked, `idleSeconds` pass each millisecond.
    func run(
        fileCount: Int,
        secondsPerAnswer: Double,
        idleSeconds: Double = 0,
        budgetSeconds: Int64 = 100_000,
        during: @escaping (_ question: Question, _ isHolding: Bool) throws -> Void
    ) throws -> CheckReport {
        var settings = CheckSettings()
        settings.budgetSeconds = budgetSeconds
        let store = store
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: secondsPerAnswer) {
            question in
            do { try during(question, store.isHolding) } catch { Issue.record(error) }
            return CheckRunTests.reply(question) { _ in true }
        }
        transport.idle = { _ in
            usleep(1_000)
            return idleSeconds
        }
        return try CheckRun(
            targets: .each(Self.points),
            policy: .make(CheckRunTests.catalog(fileCount), settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: clock,
            launcher: ThreadLauncher(limit: 2),
            shouldStop: { false }
        ).run()
    }

    func present(_ number: Int, _ fileCount: Int) throws -> Int {
        let state = try CheckStateStore(store).load(Self.points[number]).state
        return state.knownFiles(in: CheckRunTests.catalog(fileCount), count: fileCount).count
    }

    /// Both mirrors are asked 200 more questions before the write of one's state is released: if
    /// they waited for it, the test would never end.
    @Test func questionsGoOnWhileAStateIsStored() throws {
        let fileCount = 20_000
        store.hold("checks/a.state")
        var askedMeanwhile = [0, 0]
        let report = try run(fileCount: fileCount, secondsPerAnswer: 0.01) { question, isHolding in
            guard isHolding else { return }
            askedMeanwhile[question.accessPoint.index] += 1
            if askedMeanwhile.allSatisfy({ $0 >= 200 }) { store.hold(nil) }
        }
        #expect(askedMeanwhile.allSatisfy { $0 >= 200 })
        #expect(report.ending == .nothingDue)
        #expect(report.accessPoints.map(\.askedCount) == [fileCount, fileCount])
        #expect(report.accessPoints.map(\.problem) == [nil, nil])
        // Answers that arrived while an older state was being written are stored as well.
        #expect(try present(0, fileCount) == fileCount)
        #expect(try present(1, fileCount) == fileCount)
    }

    @Test func nothingIsAskedOnALeaseThatMayHaveRunOut() throws {
        let fileCount = 6_000
        var heldAt: Double?
        var lastAskedAt = 0.0
        var askedOfOther = 0
        let clock = clock
        let report = try run(fileCount: fileCount, secondsPerAnswer: 0.1) { question, isHolding in
            if clock.elapsed > 20, heldAt == nil { store.hold("leases/check-a") }
            guard isHolding else { return }
            let start = heldAt ?? clock.elapsed
            heldAt = start
            if question.accessPoint == 0 {
                lastAskedAt = clock.elapsed
            } else {
                askedOfOther += 1
            }
            if clock.elapsed > start + 250 { store.hold(nil) }
        }
        let lasting = Double(CheckSettings().leaseSeconds)
        #expect(lastAskedAt - (heldAt ?? 0) <= lasting)
        #expect(askedOfOther > 1_000)
        #expect(report.accessPoints.map { $0.summary?.counts.present } == [fileCount, fileCount])
        #expect(report.accessPoints.map(\.problem) == [nil, nil])
    }

    @Test func whoeverLosesItsLeaseWhileItStoresPublishesNothing() throws {
        let fileCount = 20_000
        let key = try BlobKey(CheckState.key(of: "a"))
        store.hold(key.text)
        var written: [UInt8]?
        var askedAfterwards = 0
        let report = try run(fileCount: fileCount, secondsPerAnswer: 0.01) { question, isHolding in
            if written != nil, !isHolding, question.accessPoint == 0 { askedAfterwards += 1 }
            guard isHolding, written == nil else { return }
            // For a process whose clock is ahead by the tolerance, the lease has expired.
            let attempt = try Lease.acquire("check-a", for: 3_600, in: store, owner: "other/2") {
                Lease.now() + Lease.clockTolerance
            }
            guard case .acquired = attempt else {
                Issue.record("\(attempt)")
                return
            }
            var state = CheckState(accessPointID: "a", baseURL: Self.points[0].baseURL)
            state[FileID(7)] = Observation.make(.present, askedSecondsAgo: 0)
            // Past the holding store, as another process would write.
            try store.base.put(key, state.encoded(), if: .absent)
            written = state.encoded()
            store.hold(nil)
        }
        #expect(written != nil)
        #expect(store.base.get(key)?.bytes == written)
        // The second one if the run ends before it tries to get the lease again.
        let problems = [
            "another checker is at work here: other/2",
            "the state was replaced by a writer without the lease",
        ]
        #expect(problems.contains(report.accessPoints[0].problem ?? "none"))
        #expect(askedAfterwards < fileCount / 2)
        #expect(report.accessPoints[1].summary?.counts.present == fileCount)
        #expect(report.accessPoints[1].problem == nil)
    }

    @Test func aRunEndsWithItsBudgetWhateverStorageDoes() throws {
        store.hold("checks/a.state")
        defer { store.hold(nil) }
        let report = try run(
            fileCount: 10,
            secondsPerAnswer: 0.01,
            idleSeconds: 0.01,
            budgetSeconds: 20
        ) { _, _ in }
        #expect(store.isHolding)
        #expect(clock.elapsed <= 22)
        #expect(
            report.accessPoints.map(\.problem)
                == ["storage was too slow: its latest answers are not stored", nil]
        )
        #expect(try present(0, 10) == 0)
        #expect(try present(1, 10) == 10)
    }

    /// The first write of `a`, in the middle of the run, fails and ends the run; so do all later
    /// writes in the second case.
    @Test(arguments: [1, Int.max])
    func aWriteThatFailsCostsTheOthersNothing(failureCount: Int) throws {
        let fileCount = 20_000
        store.fail("checks/a.state", times: failureCount)
        var asked = [0, 0]
        #expect(throws: CheckingError.self) {
            try run(fileCount: fileCount, secondsPerAnswer: 0.01) { question, _ in
                if case .file = question.subject { asked[question.accessPoint.index] += 1 }
            }
        }
        #expect(asked.allSatisfy { $0 > 500 && $0 < fileCount }, "\(asked)")
        // It is tried again at the end.
        #expect(try present(0, fileCount) == (failureCount == 1 ? asked[0] : 0))
        #expect(try present(1, fileCount) == asked[1])
        guard case .acquired = try Lease.acquire("check-b", for: 60, in: store) else {
            Issue.record("the lease of b was not released")
            return
        }
    }
}
