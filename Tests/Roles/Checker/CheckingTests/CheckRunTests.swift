import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@Suite struct CheckRunTests {
    let clock = ManualClock()
    let store = InMemoryStore()
    let points = [AccessPoint.make("a"), AccessPoint.make("b")]

    static func reply(_ question: Question, present: (Question) -> Bool) -> Reply {
        if question.subject == .impossibleName { return .answered(status: 404, byteCount: nil) }
        return present(question)
            ? .answered(status: 200, byteCount: 10) : .answered(status: 404, byteCount: nil)
    }

    func run(
        _ catalog: Catalog,
        _ transport: ScriptedTransport,
        points: [AccessPoint]? = nil,
        restReasons: [String: String] = [:],
        clock: ManualClock? = nil,
        adjust: (inout CheckSettings) -> Void = { _ in },
        shouldStop: @escaping () -> Bool = { false }
    ) throws -> CheckReport {
        var settings = CheckSettings()
        adjust(&settings)
        let run = CheckRun(
            targets: .each(points ?? self.points, restReasons: restReasons),
            policy: .make(catalog, settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: clock ?? self.clock,
            shouldStop: shouldStop
        )
        return try run.run()
    }

    func transport(present: @escaping (Question) -> Bool) -> ScriptedTransport {
        ScriptedTransport(clock: clock) { Self.reply($0, present: present) }
    }

    func state(_ point: AccessPoint) throws -> CheckState {
        try CheckStateStore(store).load(point).state
    }

    static func catalog(_ count: Int, changedIn: UInt32 = 1) -> Catalog {
        Catalog.make(files: (0..<count).map { ("f\($0)", changedIn, 0) })
    }

    @Test func asksForEveryFileEverywhereAndStoresTheVerdicts() throws {
        let transport = ScriptedTransport(clock: clock) { question in
            Self.reply(question) { $0.accessPoint == 0 }
        }
        let report = try run(Self.catalog(5), transport)
        #expect(report.ending == .nothingDue)
        #expect(report.accessPoints.map { $0.summary?.counts.present } == [5, 0])
        #expect(report.accessPoints.map { $0.summary?.counts.suspected } == [0, 5])
        #expect(try state(points[0])[FileID(4)].outcome == .present)
        #expect(try state(points[1])[FileID(4)].outcome == .absent)
        #expect(try !state(points[1])[FileID(4)].isConfirmed)
        #expect(transport.files.count == 10)
    }

    @Test func aSuspicionIsConfirmedInTheSameRunWhenItNeedNotRest() throws {
        let transport = ScriptedTransport(clock: clock) { question in
            Self.reply(question) { _ in false }
        }
        let report = try run(Self.catalog(5), transport) { $0.policy.recheckSeconds = 0 }
        #expect(report.accessPoints.map { $0.summary?.counts.absent } == [5, 5])
        #expect(report.ending == .nothingDue)
        // Each file is asked for twice, a suspicious one with nothing else on its connection.
        #expect(transport.files.count == 20)
        var seen: Set<String> = []
        for (question, file) in zip(transport.asked.filter(\.isAboutFile), transport.files) {
            #expect(question.isAlone == !seen.insert(file).inserted)
        }
    }

    /// One mirror is in the middle of its first pass when new files appear; the other has finished
    /// its own.
    @Test func newFilesComeBeforeAFirstPassOnAllMirrors() throws {
        _ = try run(Self.catalog(40), transport { _ in true }, points: [points[1]])
        clock.elapsed = 600
        var catalog = Self.catalog(40)
        catalog.generation = 2
        for number in 0..<3 { catalog.append(.make("new\(number)", changedIn: 2)) }
        let transport = transport { _ in true }
        let report = try run(catalog, transport) { $0.budgetSeconds = 10_000 }
        let files = transport.files
        let lastNew = try #require(files.lastIndex { $0.contains(":new") })
        let firstOld = try #require(files.firstIndex { $0.hasPrefix("0:f") })
        #expect(lastNew < firstOld)
        #expect(files.count { $0.contains(":new") } == 6)
        #expect(report.accessPoints.map { $0.summary?.counts.present } == [43, 43])
    }

    @Test func aMirrorInAPauseDoesNotHoldTheOthersUp() throws {
        let catalog = Self.catalog(3)
        let transport = ScriptedTransport(clock: clock) { question in
            Self.reply(question) { _ in true }
        }
        transport.pauses[0] = .seconds(3600)
        let report = try run(catalog, transport)
        #expect(transport.files.allSatisfy { $0.hasPrefix("1:") })
        #expect(transport.files.count == 3)
        #expect(report.accessPoints[0].problem == "the host asked for a pause of 3600 s")
    }

    @Test func endsInsideTheBudgetAndGoesOnWhereItStopped() throws {
        let catalog = Self.catalog(2000)
        var total = 0
        for round in 0..<3 {
            let clock = ManualClock(lateness: Int64(round) * 300)
            let transport = ScriptedTransport(clock: clock, secondsPerAnswer: 0.01) { question in
                Self.reply(question) { _ in true }
            }
            let report = try run(catalog, transport, clock: clock) { $0.budgetSeconds = 20 }
            #expect(clock.elapsed <= 20)
            total += report.askedCount
            #expect(Set(transport.files).count == transport.files.count)
            if report.ending == .nothingDue { break }
            #expect(report.ending == .budgetSpent)
        }
        #expect(total == 4000)
    }

    @Test func losesAtMostTwentySecondsOfAnswers() throws {
        // A kill at the moment when the transport asks leaves what is in storage then.
        let catalog = Self.catalog(6000)
        var asked = 0
        var worst = 0.0
        let clock = clock
        let store = store
        let point = points[0]
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: 0.01) { question in
            asked += 1
            if asked % 100 == 0 {
                let stored = (try? CheckStateStore(store).load(point).state.count) ?? 0
                let lost = (0..<stored).isEmpty ? asked : asked - stored
                worst = max(worst, Double(lost) * 0.01)
            }
            return Self.reply(question) { _ in true }
        }
        // In numerical order, so that the count in the stored state shows the progress.
        _ = try run(catalog, transport, points: [point])
        #expect(asked == 6001)
        #expect(worst > 0)
        #expect(worst <= 20)
    }

    @Test func boundsTheStatesInMemoryAndStillAsksEverything() throws {
        let many = (0..<7).map { AccessPoint.make("m\($0)") }
        let transport = ScriptedTransport(clock: clock) { question in
            Self.reply(question) { $0.accessPoint != 3 }
        }
        let report = try run(Self.catalog(20), transport, points: many) {
            $0.activeLimit = 2
            $0.policy.recheckSeconds = 0
        }
        let present = report.accessPoints.map { $0.summary?.counts.present }
        #expect(present == [20, 20, 20, 0, 20, 20, 20])
        // The other files are presumed absent.
        #expect(report.accessPoints[3].summary?.counts.absent ?? 0 > 5)
    }

    /// 5 bytes per file, out of 512 MB.
    @Test(arguments: [
        (fileCount: 0, limit: 96), (150_000, 96), (1_066_666, 96), (1_066_667, 95),
        (1_600_000, 64), (10_000_000, 10), (.max / 5, 1), (.max, 1),
    ])
    func ofLargeTreesFewerStatesAreInMemory(fileCount: Int, limit: Int) {
        #expect(CheckSettings().activeLimit(fileCount: fileCount) == limit)
    }

    @Test func leavesASilentMirrorAlone() throws {
        let transport = ScriptedTransport(clock: clock) { question in
            question.accessPoint == 0
                ? .failed(reason: "connection refused") : Self.reply(question) { _ in true }
        }
        let report = try run(Self.catalog(50), transport)
        #expect(report.accessPoints[0].problem == "connection refused")
        // Twice for names that cannot exist; then it is not asked for a while.
        #expect(transport.asked.count { $0.accessPoint == 0 } == 2)
        #expect(report.accessPoints[1].summary?.counts.present == 50)
    }

    @Test func asksNothingWhereAProbeFoundNobody() throws {
        let transport = ScriptedTransport(clock: clock) { question in
            Self.reply(question) { _ in true }
        }
        let report = try run(Self.catalog(5), transport, restReasons: ["a": "down: refused"])
        #expect(transport.asked.allSatisfy { $0.accessPoint == 1 })
        #expect(report.accessPoints[0].problem == "down: refused")
        #expect(report.accessPoints[0].summary == nil)
    }

    @Test func aServerThatFindsEverythingIsReported() throws {
        let transport = ScriptedTransport(clock: clock) { _ in
            .answered(status: 200, byteCount: 500)
        }
        let report = try run(Self.catalog(5), transport)
        let problem = try #require(report.accessPoints[0].problem)
        #expect(problem.hasPrefix("answers 200 for a name that cannot exist"))
        #expect(report.accessPoints[0].summary?.counts.unknown == 5)
    }

    @Test func stopsWhenItIsToldAndStoresWhatItHas() throws {
        var asked = 0
        let transport = ScriptedTransport(clock: clock) { question in
            asked += 1
            return Self.reply(question) { _ in true }
        }
        let report = try run(Self.catalog(500), transport, shouldStop: { asked >= 100 })
        #expect(report.ending == .stopped)
        #expect(asked < 110)
        let stored = try points.reduce(0) {
            try $0 + state($1).knownFiles(in: Self.catalog(500), count: 500).count
        }
        #expect(stored == report.askedCount)
    }

    @Test func dropsAStateOfAnotherPlaceAndOneThatIsDamaged() throws {
        var moved = CheckState(accessPointID: "a", baseURL: "http://old.example/")
        moved[FileID(0)] = Observation.make(.present, askedSecondsAgo: 0)
        try store.put(BlobKey(CheckState.key(of: "a")), moved.encoded())
        try store.put(BlobKey(CheckState.key(of: "b")), [1, 2, 3])
        #expect(try state(points[0]).count == 0)
        #expect(try state(points[1]).count == 0)
        let transport = ScriptedTransport(clock: clock) { question in
            Self.reply(question) { _ in true }
        }
        let report = try run(Self.catalog(1), transport)
        #expect(report.askedCount == 2)
        #expect(try state(points[1]).count == 1)
    }

    @Test func doesNotOverwriteAnotherChecker() throws {
        let store = store
        var other = CheckState(accessPointID: "a", baseURL: points[0].baseURL)
        other[FileID(0)] = Observation.make(.present, askedSecondsAgo: 0)
        let bytes = other.encoded()
        let transport = ScriptedTransport(clock: clock) { question in
            _ = try? store.put(BlobKey(CheckState.key(of: "a")), bytes)
            return Self.reply(question) { _ in false }
        }
        let report = try run(Self.catalog(3), transport)
        #expect(
            report.accessPoints[0].problem
                == "the state was replaced by a writer without the lease"
        )
        #expect(try state(points[0]) == other)
    }
}
