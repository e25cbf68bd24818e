import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import Synchronization
import TestSupport
import Time

@testable import Checking

/// A run in a world in which anything may happen, all chosen by one seed, and the invariants that
/// must hold nevertheless.
final class RandomRun {
    /// How an access point behaves.
    private struct Character {
        var seconds: ClosedRange<Double>
        var limit: Int
        /// The shares of answers that are no proof; the rest are proofs.
        var absent = 0.0
        var refused = 0.0
        var silent = 0.0
        var notAsked = 0.0
        /// Answers everything with 200.
        var isPortal = false
        /// Gives the same answer about a file each time.
        var isConsistent = false
    }

    /// A file on an access point.
    private struct FileAtPoint: Hashable {
        var accessPoint: AccessPointNumber
        var id: FileID
    }

    /// The catalog that the master has published in the meantime.
    private final class Published: Sendable {
        private let value = Mutex<Catalog?>(nil)

        var catalog: Catalog? {
            get { value.withLock { $0 } }
            set { value.withLock { $0 = newValue } }
        }
    }

    let seed: UInt64
    private var random: SeededGenerator
    private let time = VirtualTime()
    private let store: FaultyStore
    private let points: [AccessPoint]
    private var characters: [Character] = []
    private var settings = CheckSettings()
    private var catalog = Catalog(generation: 1)
    private let newer = Published()
    private var isStopped = false
    private var neverEnds = false
    /// The access points that another run was checking.
    private var rivalled: Set<AccessPointNumber> = []

    /// Access points that lost answers along with their lease, and so may ask again.
    private var lossy: Set<AccessPointNumber> = []

    private var underWay: Set<FileAtPoint> = []
    private var verdicts: [FileAtPoint: Int] = [:]
    private var proven: Set<FileAtPoint> = []
    private var answerCounts: [AccessPointNumber: Int] = [:]
    private var ignoredAnswerCounts: [AccessPointNumber: Int] = [:]
    private var jumpedSeconds = 0.0
    /// The number of consecutive waits between which no time has passed.
    private var standstill = (at: -1.0, count: 0)

    /// Whether every transition is printed.
    var isTraced = false
    /// The invariants that were violated.
    private(set) var violations: [String] = []
    /// The transitions of an access point: stage and event.
    private(set) var transitions: Set<String> = []

    init(seed: UInt64) {
        self.seed = seed
        var random = SeededGenerator(seed: seed)
        let isFaulty = Bool.random(using: &random) && Bool.random(using: &random)
        store = FaultyStore(
            faultShare: isFaulty ? Double.random(in: 0...0.1, using: &random) : 0,
            seed: random.next()
        )
        points = (0..<Int.random(in: 1...6, using: &random)).map { AccessPoint.make("m\($0)") }
        self.random = random
    }

    private func chance(_ share: Double) -> Bool {
        Double.random(in: 0..<1, using: &random) < share
    }

    private func check(_ holds: Bool, _ text: @autoclosure () -> String) {
        guard !holds, violations.count < 3 else { return }
        violations.append("\(time.elapsed) s: \(text())")
    }

    // MARK: - The world

    private func makeWorld() throws {
        settings.activeLimit = Int.random(in: 1...points.count, using: &random)
        settings.budgetSeconds = Int64.random(in: 5...90, using: &random)
        settings.leaseSeconds = Int64.random(in: 8...120, using: &random)
        settings.policy.recheckSeconds = chance(0.5) ? 0 : 60
        settings.policy.shrinkPercent = chance(0.5) ? 100 : 20
        let fileCount = Int.random(in: 1...60, using: &random)
        for number in 0..<fileCount {
            let removed = chance(0.05) ? ManualClock.start.advanced(bySeconds: -1_000) : nil
            catalog.append(.make("f\(number)", modified: Int64(number), removed: removed))
        }
        for point in points {
            var character = Character(seconds: 0.001...0.3, limit: chance(0.3) ? 1 : 16)
            if chance(0.3) { character.seconds = 0.1...4 }
            if chance(0.5) { character.absent = Double.random(in: 0...1, using: &random) }
            character.isConsistent = chance(0.5)
            if !character.isConsistent {
                if chance(0.2) { character.refused = Double.random(in: 0...0.3, using: &random) }
                if chance(0.2) { character.silent = Double.random(in: 0...0.6, using: &random) }
            }
            if chance(0.2) { character.notAsked = Double.random(in: 0...0.5, using: &random) }
            character.isPortal = chance(0.05)
            characters.append(character)
            if chance(0.7) { try store.base.put(key(point), oldState(of: point).encoded()) }
        }
    }

    private func key(_ point: AccessPoint) throws(StorageError) -> BlobKey {
        try BlobKey(CheckState.key(of: point.id))
    }

    private func oldState(of point: AccessPoint) -> CheckState {
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        for id in catalog.ids where chance(0.8) {
            let isPresent = chance(0.7)
            state[id] = Observation.make(
                isPresent ? .present : .absent,
                askedSecondsAgo: Int64.random(in: 0...1_000_000, using: &random),
                failures: isPresent ? 0 : UInt8.random(in: 1...5, using: &random),
                generation: 1
            )
        }
        return state
    }

    /// Schedules events that happen by themselves, at times within the budget.
    private func scheduleEvents() {
        let budget = Double(settings.budgetSeconds)
        func at(_ share: Double, _ action: @escaping () -> Void) {
            if chance(share) { time.after(Double.random(in: 0...budget, using: &random), action) }
        }
        at(0.15) { [unowned self] in isStopped = true }
        for _ in 0..<2 {
            at(0.1) { [unowned self] in
                let seconds = Double.random(in: 1...150, using: &random)
                jumpedSeconds += seconds
                time.jump(seconds)
            }
            at(0.1) { [unowned self] in
                time.skew += Int64.random(in: -100_000...100_000, using: &random)
                // For all that a run can know, a day has passed, so whatever rested is due.
                verdicts = [:]
            }
        }
        at(0.3) { [unowned self] in publish() }
        for index in points.indices {
            at(0.1) { [unowned self] in steal(AccessPointNumber(index: index)) }
            at(0.1) { [unowned self] in
                transport.pausedUntil[AccessPointNumber(index: index)] =
                    time.elapsed + Double.random(in: 1...200, using: &random)
            }
        }
    }

    private func publish() {
        var next = catalog
        next.generation += 1
        for number in 0..<5 { next.append(.make("new\(number)", changedIn: next.generation)) }
        if chance(0.5) {
            next.update(FileID(0), to: .make("f0", byteCount: 11, changedIn: next.generation))
        }
        newer.catalog = next
    }

    /// Another Checker takes the lease, as if it had run out, and may write a state.
    private func steal(_ number: AccessPointNumber) {
        rivalled.insert(number)
        let wall = lastWall + 100_000
        guard
            case .acquired(let lease)? = try? Lease.acquire(
                "check-\(points[number.index].id)",
                for: 60,
                in: store.base,
                owner: "rival",
                clock: { wall }
            ), let key = try? key(points[number.index])
        else { return }
        if chance(0.5) {
            let condition = store.base.get(key).map { WriteCondition.unchanged($0.tag) } ?? .absent
            _ = try? lease.put(key, oldState(of: points[number.index]).encoded(), if: condition)
        }
        if chance(0.5) { try? lease.release() }
    }

    private var lastWall: Int64 { Int64(time.elapsed) + ManualClock.start.secondsSinceEpoch }

    private func course(of question: Question) -> VirtualTransport.Course {
        let character = characters[question.accessPoint.index]
        let seconds = Double.random(in: character.seconds, using: &random)
        func course(_ reply: Reply) -> VirtualTransport.Course {
            VirtualTransport.Course(seconds: seconds, reply: reply)
        }
        if chance(character.notAsked) { return course(.notAsked) }
        if chance(character.silent) { return course(.failed(reason: "silence")) }
        guard case .file(let id) = question.subject else {
            return course(
                .answered(status: character.isPortal ? 200 : 404, byteCount: nil)
            )
        }
        if chance(character.refused) { return course(.answered(status: 403, byteCount: nil)) }
        let isAbsent =
            character.isConsistent
            ? Double(UInt64(id.rawValue) * 2_654_435_761 % 1_000) < character.absent * 1_000
            : chance(character.absent)
        if isAbsent { return course(.answered(status: 404, byteCount: nil)) }
        // The file as the master has it when the question arrives.
        let current = newer.catalog ?? catalog
        return course(.answered(status: 200, byteCount: current.byteCount(of: id)))
    }

    private lazy var transport = VirtualTransport(time: time) { [unowned self] in course(of: $0) }

    private func makeLauncher() -> any JobLauncher {
        if chance(0.25) { return InlineLauncher() }
        let longest = chance(0.2) ? 20.0 : chance(0.3) ? 2 : 0.1
        let stuckShare = chance(0.05) ? 0.02 : 0
        return VirtualLauncher(limit: Int.random(in: 1...4, using: &random), time: time) {
            [unowned self] in
            if chance(stuckShare) {
                neverEnds = true
                return nil
            }
            return Double.random(in: 0...longest, using: &random)
        }
    }

    // MARK: - The run

    /// Runs once; violated invariants are in ``violations``.
    func run() throws {
        try makeWorld()
        let wall = Mutex(ManualClock.start.secondsSinceEpoch)
        transport.limit = { [unowned self] in characters[$0.index].limit }
        let run = CheckRun(
            targets: points.enumerated().map {
                CheckRun.Target(
                    number: AccessPointNumber(index: $0.offset),
                    profile: AccessPointProfile($0.element),
                    restReason: chance(0.05) ? "down" : nil
                )
            },
            policy: .make(catalog, settings),
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store, seconds: settings.leaseSeconds) { wall.withLock { $0 } },
            settings: settings,
            clock: time,
            watch: CatalogWatch { [newer, settings] generation in
                newer.catalog.flatMap {
                    $0.generation > generation ? .make($0, settings) : nil
                }
            },
            random: SeededGenerator(seed: random.next()),
            launcher: makeLauncher(),
            shouldStop: { [unowned self] in isStopped }
        )
        scheduleEvents()
        transport.watch = { [unowned self, unowned run] in look(at: $0, run) }
        transport.delivered = { [unowned self, unowned run] in look(at: $0, run) }
        transport.beforeWait = { [unowned self, unowned run] in
            wall.withLock { $0 = lastWall }
            lookAtProgress(run)
            lookAtMemory(run)
        }
        run.observer = { [unowned self, unowned run] check, stage, event in
            transitions.insert("\(stage) \(event)")
            if isTraced { print(time.elapsed, check.number, stage, event, check.stage.kind) }
            if event == .opened || event == .loaded { lookAtOrder(check, run) }
            if event == .lost { lossy.insert(check.number) }
        }
        do throws(CheckingError) {
            lookAtReport(try run.run(), run)
        } catch {
            check(store.faultCount > 0, "failed without a fault: \(error)")
            lookAtStorage(run, lost: { run.checks[$0.index].unstoredCount })
        }
        check(run.impossibleEventCount == 0, "\(run.impossibleEventCount) impossible events")
        let end = Double(settings.budgetSeconds) + 2.1 + jumpedSeconds
        check(time.elapsed <= end, "over at \(time.elapsed) instead of \(end)")
    }

    // MARK: - What must hold

    private func look(at question: Question, _ run: CheckRun) {
        let index = question.accessPoint
        check(time.elapsed < Double(settings.budgetSeconds), "asked after the end")
        check(transport.room(at: index) > 0, "asked without room")
        check(!run.isFinishing, "asked while finishing")
        guard case .file(let id) = question.subject else { return }
        let file = FileAtPoint(accessPoint: index, id: id)
        check(underWay.insert(file).inserted, "\(file) asked twice at once")
        guard !lossy.union(rivalled).contains(index), newer.catalog == nil else { return }
        // Files about which a mirror's answers vary are asked for more often.
        let longest = characters[index.index].isConsistent ? 3 : 40
        check(verdicts[file, default: 0] < longest, "\(file) asked too often")
    }

    private func look(at answer: Answer, _ run: CheckRun) {
        guard case .file(let id) = answer.subject else { return }
        let index = answer.accessPoint
        let file = FileAtPoint(accessPoint: index, id: id)
        check(underWay.remove(file) != nil, "\(file) answered without a question")
        guard answer.reply != .notAsked else { return }
        verdicts[file, default: 0] += 1
        if case .answered(200, let byteCount) = answer.reply,
            byteCount == run.policy.catalog.byteCount(of: id)
        {
            proven.insert(file)
        } else {
            proven.remove(file)
        }
        answerCounts[index, default: 0] += 1
    }

    /// A run that keeps turning without waiting for anything would do so in reality.
    private func lookAtProgress(_ run: CheckRun) {
        standstill.count = time.elapsed > standstill.at ? 0 : standstill.count + 1
        standstill.at = time.elapsed
        guard standstill.count > 200 else { return }
        check(false, "spins: \(run.checks.map(\.stage.kind))")
        isStopped = true
    }

    private func lookAtMemory(_ run: CheckRun) {
        check(run.active.count <= settings.activeLimit, "\(run.active.count) active")
        for check in run.checks {
            let count = transport.undelivered(at: check.number)
            // Answers after the last moment are not taken.
            self.check(
                check.underWayCount == count || run.isFinishing,
                "\(check.number): \(check.underWayCount) under way, not \(count)"
            )
            let isListed = run.active.contains { $0 === check }
            self.check(isListed == (check.stage.turn != nil), "\(check.number) is listed wrongly")
        }
    }

    /// No access point begins a kind of work while another one waits with a more urgent kind, or
    /// has new files to ask for.
    private func lookAtOrder(_ check: AccessPointCheck, _ run: CheckRun) {
        let (policy, now) = (run.policy, time.now)
        func urgency(_ check: AccessPointCheck) -> Urgency? {
            check.urgency(policy, now: now)
        }
        // The few questions of the day's work are asked at any time, with or without the agenda.
        guard time.elapsed <= Double(settings.budgetSeconds) / 2, check.stage.turn?.visit != nil,
            let own = urgency(check), own <= check.stage.turn?.least ?? .routine, own != .routine
        else { return }
        let others = run.checks.filter { other in
            if other === check { return false }
            if case .yielding = other.stage { return false }
            return transport.pause(at: other.number) == .zero
        }
        guard transport.pause(at: check.number) < .seconds(5) else { return }
        let urgent = others.first { other in
            guard let urgency = urgency(other), urgency != .doubt, urgency < own
            else { return false }
            let isReady = !other.stage.countsAsTurn && time.elapsed >= other.turnNotBefore
            return urgency == .news || isReady && other.underWayCount == 0
        }
        self.check(
            urgent == nil,
            "\(check.number) does \(own) before \(urgent?.number ?? 0)"
        )
    }

    private func lookAtReport(_ report: CheckReport, _ run: CheckRun) {
        lookAtEnd(report, run)
        for (place, line) in report.accessPoints.enumerated() {
            let index = AccessPointNumber(index: place)
            let ignored = answerCounts[index, default: 0] - line.askedCount
            check(ignored >= 0, "\(index): more answers counted than given")
            let mayIgnore = rivalled.contains(index) || report.generation > 1 || run.isFinishing
            check(mayIgnore || ignored == 0, "\(index): \(ignored) answers ignored")
            if line.unstoredCount > 0 {
                check(
                    lossy.contains(index) || line.problem != nil,
                    "\(index): \(line.unstoredCount) answers lost without a reason"
                )
            }
        }
        lookAtStorage(run, lost: { report.accessPoints[$0.index].unstoredCount })
    }

    /// No run ends by itself while an access point has work and its last turn came further.
    private func lookAtEnd(_ report: CheckReport, _ run: CheckRun) {
        guard report.ending == .nothingDue else { return }
        for check in run.checks where check.stage.kind == .waiting && check.hasLearnt {
            let urgency = check.urgency(run.policy, now: time.now)
            self.check(urgency == nil, "\(check.number) has work left in the end")
        }
    }

    /// Every proof is stored or counted as lost.
    private func lookAtStorage(_ run: CheckRun, lost: (AccessPointNumber) -> Int) {
        for (index, point) in zip(AccessPointNumber.first(points.count), points)
        where !rivalled.contains(index) {
            let state = (try? CheckStateStore(store.base).load(point).state) ?? oldState(of: point)
            let missing = proven.count { file in
                file.accessPoint == index && state.outcome(of: file.id) != .present
            }
            // An answer that came too late, or after the file changed, is no loss.
            let ignored = answerCounts[index, default: 0] - run.checks[index.index].askedCount
            check(missing <= lost(index) + ignored, "\(index): \(missing) proofs are nowhere")
        }
    }
}

/// A store in which some operations fail.
final class FaultyStore: WrappedStore {
    let base = InMemoryStore()
    private let faultShare: Double
    private let state: Mutex<(random: SeededGenerator, count: Int)>

    init(faultShare: Double, seed: UInt64) {
        self.faultShare = faultShare
        state = Mutex((SeededGenerator(seed: seed), 0))
    }

    var faultCount: Int { state.withLock { $0.count } }

    func before(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        guard operation == .get || operation == .put else { return }
        let fails = state.withLock { state in
            guard Double.random(in: 0..<1, using: &state.random) < faultShare else { return false }
            state.count += 1
            return true
        }
        if fails {
            throw .unavailable(operation: "use \(key)", reason: "by the test", attempts: 1)
        }
    }

    /// The write took place, and may still seem to have failed.
    func after(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        if operation == .put { try before(.put, key) }
    }
}
