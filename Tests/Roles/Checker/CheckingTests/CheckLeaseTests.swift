import Catalogs
import CheckPlanning
import CheckStates
import Checking
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport
import Testing

/// Several Checkers that share one storage.
@Suite struct CheckLeaseTests {
    let clock = ManualClock()
    let wallClock = WallClock()
    let store = InMemoryStore()
    static let points = [AccessPoint.make("a"), AccessPoint.make("b")]

    /// A wall clock that is moved by hand.
    final class WallClock: Sendable {
        private let seconds = Mutex<Int64>(1_795_362_420)
        var now: @Sendable () -> Int64 { { self.seconds.withLock { $0 } } }
        func advance(_ count: Int64) { seconds.withLock { $0 += count } }
    }

    func run(
        _ store: any BlobStore,
        fileCount: Int,
        secondsPerAnswer: Double = 0.001,
        adjust: (inout CheckSettings) -> Void = { _ in },
        during: @escaping (Question) throws -> Void = { _ in }
    ) throws -> CheckReport {
        var settings = CheckSettings()
        adjust(&settings)
        let clock = ManualClock()
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: secondsPerAnswer) {
            question in
            do { try during(question) } catch { Issue.record(error) }
            return CheckRunTests.reply(question) { _ in true }
        }
        return try run(Self.points, store, fileCount, transport, settings, clock)
    }

    private func run(
        _ points: [AccessPoint],
        _ store: any BlobStore,
        _ fileCount: Int,
        _ transport: any Transport,
        _ settings: CheckSettings,
        _ clock: ManualClock
    ) throws -> CheckReport {
        try CheckRun(
            targets: .each(points),
            policy: .make(CheckRunTests.catalog(fileCount), settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store, clock: wallClock.now),
            settings: settings,
            clock: clock,
            shouldStop: { false }
        ).run()
    }

    static func isFile(_ question: Question) -> Bool {
        if case .file = question.subject { true } else { false }
    }

    /// The second Checker runs from its beginning to its end while the first one waits for an
    /// answer.
    @Test(arguments: [true, false])
    func twoAtOnceAskEachFileOnce(allFit: Bool) throws {
        let folder = try TemporaryFolder("leases")
        let stores: [any BlobStore] = [store, FileStore(folder: folder.path)]
        for store in stores {
            var second: CheckReport?
            let first = try run(store, fileCount: 20) {
                if !allFit { $0.activeLimit = 1 }
            } during: { question in
                guard second == nil, Self.isFile(question) else { return }
                // Not nil before it begins, because it asks as well.
                second = CheckReport(
                    ending: .stopped,
                    generation: 1,
                    seconds: 0,
                    accessPoints: []
                )
                second = try run(store, fileCount: 20)
            }
            let report = try #require(second)
            #expect(report.ending == .nothingDue)
            #expect(first.askedCount + report.askedCount == 40)
            let skipped = report.accessPoints.filter {
                $0.problem == "another checker is at work here: \(Lease.processName)"
            }
            #expect(skipped.count == (allFit ? 2 : 1))
            #expect(skipped.allSatisfy { $0.askedCount == 0 })
            #expect(first.accessPoints.map { $0.summary?.counts.present } == [20, 20])
            #expect(first.accessPoints.allSatisfy { $0.problem == nil })
            // No lease is left, and no work is left.
            #expect(try run(store, fileCount: 20).accessPoints.map(\.problem) == [nil, nil])
            #expect(try run(store, fileCount: 20).askedCount == 0)
        }
    }

    @Test func theLeaseOfAKilledCheckerIsTakenOver() throws {
        let killed = try Lease.acquire(
            "check-a",
            for: 120,
            in: store,
            owner: "gone/1",
            clock: wallClock.now
        )
        guard case .acquired = killed else {
            Issue.record("\(killed)")
            return
        }
        let early = try run(store, fileCount: 3)
        #expect(
            early.accessPoints.map(\.problem) == ["another checker is at work here: gone/1", nil]
        )
        #expect(early.accessPoints.map(\.askedCount) == [0, 3])
        wallClock.advance(120 + Lease.skewAllowance + 1)
        let late = try run(store, fileCount: 3)
        #expect(late.accessPoints.map(\.problem) == [nil, nil])
        #expect(late.accessPoints.map(\.askedCount) == [3, 0])
    }

    /// A run that has other things to do returns to the access point of a killed Checker.
    @Test func itIsTakenOverInTheSameRun() throws {
        _ = try Lease.acquire("check-a", for: 5, in: store, owner: "gone/1", clock: wallClock.now)
        let wallClock = wallClock
        var asked = 0
        let report = try run(store, fileCount: 2_000, secondsPerAnswer: 0.01) {
            $0.budgetSeconds = 1_000
        } during: { _ in
            asked += 1
            if asked % 100 == 0 { wallClock.advance(1) }
        }
        #expect(report.accessPoints.map(\.askedCount) == [2_000, 2_000])
        #expect(report.accessPoints.map(\.problem) == [nil, nil])
    }

    @Test func aLeaseIsRenewedAsLongAsTheWorkLasts() throws {
        let store = store
        let clock = ManualClock()
        let wallClock = wallClock
        var attempts = 0
        var asked = 0
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: 0.5) { question in
            asked += 1
            if asked % 2 == 0 { wallClock.advance(1) }
            if asked % 20 == 0 {
                attempts += 1
                // Attempts every ten seconds for ten minutes do not acquire it.
                let attempt = try? Lease.acquire(
                    "check-a",
                    for: 120,
                    in: store,
                    clock: wallClock.now
                )
                guard case .taken? = attempt else {
                    Issue.record("\(asked): \(String(describing: attempt))")
                    return .failed(reason: "taken")
                }
            }
            return CheckRunTests.reply(question) { _ in true }
        }
        var settings = CheckSettings()
        settings.budgetSeconds = 2_000
        let report = try run([Self.points[0]], store, 1_200, transport, settings, clock)
        #expect(attempts == 60)
        #expect(report.accessPoints[0].summary?.counts.present == 1_200)
    }

    @Test func anOwnerThatLostItsLeaseDoesNotWrite() throws {
        let store = store
        let wallClock = wallClock
        let key = try BlobKey(CheckState.key(of: "a"))
        var written: [UInt8]?
        let report = try run(
            store,
            fileCount: 10,
            during: { question in
                guard written == nil, Self.isFile(question), question.accessPoint == 0 else {
                    return
                }
                // This process is frozen; another one takes over, writes and is still working.
                wallClock.advance(120 + Lease.skewAllowance + 1)
                let attempt = try Lease.acquire(
                    "check-a",
                    for: 120,
                    in: store,
                    owner: "other/2",
                    clock: wallClock.now
                )
                guard case .acquired(let lease) = attempt else {
                    Issue.record("\(attempt)")
                    return
                }
                var state = CheckState(accessPointID: "a", baseURL: Self.points[0].baseURL)
                state[FileID(7)] = Observation.make(.present, askedSecondsAgo: 0)
                let bytes = state.encoded()
                _ = try lease.put(key, bytes, if: .absent)
                written = bytes
            }
        )
        #expect(store.get(key)?.bytes == written)
        #expect(report.accessPoints[0].problem == "the lease was lost to its expiry")
        // The lease of b also expired while the process was frozen, but nobody took it over.
        #expect(try run(store, fileCount: 10).accessPoints[1].summary?.counts.present == 10)
    }

    @Test func refusesAStoreThatIgnoresConditions() throws {
        let store = CarelessStore()
        try store.base.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: CheckRequestTests.mirrors()).json.serialized()
        )
        let session = CheckSession(request: CheckRequest(), store: store, clock: clock)
        #expect(throws: StorageError.conditionsIgnored) {
            try session.run { _ in ScriptedTransport(clock: clock) { _ in .failed(reason: "-") } }
        }
        // No lease is needed to find out which access points are up.
        var probe = CheckRequest()
        probe.mode = .probe
        let result = try CheckSession(request: probe, store: store, clock: clock).run { _ in
            ScriptedTransport(clock: clock) { _ in .answered(status: 200, byteCount: nil) }
        }
        guard case .object(let object) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(object["up"] == 2)
    }
}

/// A store like an S3 server that does not support `If-Match`.
private struct CarelessStore: WrappedStore {
    let base = InMemoryStore()

    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag { try base.put(key, bytes) }

    func honoursConditions() -> Bool { false }
}
