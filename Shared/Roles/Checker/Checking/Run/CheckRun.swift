import Catalogs
package import CheckPlanning
package import CheckStates
import FunctionRuntime
package import Mirrors
import ObjectStorage

/// A run over many access points, within a time budget.
///
/// The policy (`CheckPlanning.Visit`) decides what to ask, in which order, and what answers mean;
/// the run handles leases, storage, turns and time. Each access point goes through the stages of
/// ``Stage``. Only some have a turn at once, with a lease and, if needed, the state in memory. It
/// lasts some seconds, longer if nobody waits; then the results are stored and the lease is
/// released. So memory is bounded, a run that is killed loses seconds of work, and of two
/// concurrent runs only one asks an access point.
///
/// An access point begins a kind of work only if no other waits with a more urgent kind, or has new
/// files to ask for. One slow mirror could then delay the renewal of all proofs forever, so the
/// rule applies only in the first half of the budget, and ignores access points that do not answer
/// or requested a pause. Doubts and the daily questions may begin at any time, because they are
/// few.
package final class CheckRun {
    /// What is expected where, and the rules.
    private(set) var policy: CheckPolicy
    let transport: any Transport
    let states: any CheckStateStoring
    let leases: CheckLeases
    let settings: CheckSettings
    let clock: any CheckClock
    private let shouldStop: () -> Bool
    private let progress: Progress
    /// Chooses nonexistent names, and whose agenda is read first.
    var random: any RandomNumberGenerator

    let checks: [AccessPointCheck]
    /// The access points by the transport's numbers.
    private let checksByNumber: [AccessPointCheck?]
    /// The number of access points in each stage.
    var stageCounts: [Stage.Kind: Int]
    /// The hosts of the access points, by ``AccessPointCheck/host``.
    var hosts: [HostCourse]
    /// When their ``HostCourse/fileCount`` was counted, in seconds of the run.
    var hostsCountedAt = 0.0
    /// The rate of those hosts whose own rate is not known yet, in answers per second.
    var usualRate = 1.0
    /// The access points with a turn.
    var active: [AccessPointCheck] = []
    /// The access points that wait for a turn, in order, and those that yield.
    var waiting: [AccessPointCheck] = []
    /// The access points with an unread agenda.
    var unread: [AccessPointCheck] = []
    /// Which active one was asked last, so that those of one host alternate; -1 before the first.
    var lastPosition = -1
    /// When waiting access points are next looked at, in seconds of the run.
    var nextLookAt = 0.0

    /// Runs the jobs that wait for storage.
    let executor: JobExecutor<JobResult>
    /// The maximum wait for mirrors, in seconds, before the executor is polled again.
    private let jobPatience: Double
    /// A storage failure, which ends the run.
    var failure: StorageError?
    /// No more questions are asked.
    private(set) var isFinishing = false
    /// Looks for newer catalogs; nil for a run that keeps its catalog.
    let watch: CatalogWatch?
    /// When to look for one, in seconds of the run.
    var nextCatalogLookAt: Double
    /// The doubts to publish.
    var doubts: DoubtBoard
    /// Whether they were published for the last time.
    var hasExchangedLast = false
    /// The number of events that a stage did not expect; not 0 only after a programming error.
    package var impossibleEventCount = 0
    /// Called after every transition; for tests.
    var observer: ((AccessPointCheck, Stage.Kind, Stage.Event.Kind) -> Void)?

    /// An access point to check.
    package struct Target {
        /// Its number in the transport.
        package var number: AccessPointNumber
        package var profile: AccessPointProfile
        /// Why it is not asked in this run; nil to ask it.
        package var restReason: String?
        /// Whether the previous run met only refusals, so that only a few files are asked for.
        package var wasRefused = false
        /// Whether it is asked before others whose work is equally urgent.
        package var isSuspect = false
        package var relatives: [Relative]

        package init(
            number: AccessPointNumber,
            profile: AccessPointProfile,
            restReason: String? = nil,
            wasRefused: Bool = false,
            isSuspect: Bool = false,
            relatives: [Relative] = []
        ) {
            self.number = number
            self.profile = profile
            self.restReason = restReason
            self.wasRefused = wasRefused
            self.isSuspect = isSuspect
            self.relatives = relatives
        }
    }

    /// An access point whose proofs may renew those of another.
    package struct Relative: Sendable {
        package var accessPoint: AccessPoint
        package var relation: Visit.Relation

        package init(_ accessPoint: AccessPoint, _ relation: Visit.Relation) {
            self.accessPoint = accessPoint
            self.relation = relation
        }
    }

    /// Storage jobs run where `launcher` runs them.
    package init(
        targets: [Target],
        policy: CheckPolicy,
        transport: any Transport,
        states: any CheckStateStoring,
        leases: CheckLeases,
        settings: CheckSettings,
        clock: any CheckClock,
        watch: CatalogWatch? = nil,
        health: HealthExchange? = nil,
        progress: Progress = Progress(),
        random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
        launcher: any JobLauncher = InlineLauncher(),
        shouldStop: @escaping () -> Bool
    ) {
        self.policy = policy
        self.transport = transport
        self.states = states
        self.leases = leases
        self.settings = settings
        self.clock = clock
        self.watch = watch
        nextCatalogLookAt = clock.elapsed + CatalogWatch.intervalSeconds
        doubts = DoubtBoard(health, now: clock.elapsed)
        self.progress = progress
        self.random = random
        executor = JobExecutor(launcher: launcher, clock: clock, wake: transport.waker)
        jobPatience = transport.waker == nil ? 0.01 : 1
        self.shouldStop = shouldStop
        let numbers = Self.hostNumbers(targets)
        checks = zip(targets, numbers).map { AccessPointCheck($0, host: $1) }
        hosts = Array(repeating: HostCourse(), count: (numbers.max() ?? -1) + 1)
        stageCounts = [.new: checks.count]
        checksByNumber = Self.byNumber(checks)
    }

    /// The numbers of the targets' hosts.
    private static func hostNumbers(_ targets: [Target]) -> [Int] {
        var numbers: [String: Int] = [:]
        return targets.map { target in
            let number = numbers[target.profile.host, default: numbers.count]
            numbers[target.profile.host] = number
            return number
        }
    }

    /// The check of an access point; nil if it is not part of this run.
    func check(_ number: AccessPointNumber) -> AccessPointCheck? {
        let index = number.index
        return index >= 0 && index < checksByNumber.count ? checksByNumber[index] : nil
    }

    private static func byNumber(_ checks: [AccessPointCheck]) -> [AccessPointCheck?] {
        let count = checks.map { $0.number.index + 1 }.max() ?? 0
        var table = [AccessPointCheck?](repeating: nil, count: count)
        for check in checks.reversed() { table[check.number.index] = check }
        return table
    }

    /// Asks until nothing is due, the budget is spent or the process must stop, and stores the
    /// results.
    ///
    /// A storage failure also ends the run; it throws after storing what can be stored.
    package func run() throws(CheckingError) -> CheckReport {
        let startedAt = clock.elapsed
        // In random order, so that no host is always first, or asked at the same time of each hour.
        // Suspects come first: the last one is read first.
        let shuffled = checks.shuffled(using: &random)
        unread = shuffled.filter { !$0.isSuspect } + shuffled.filter { $0.isSuspect }
        while !isOver {
            takeResults()
            lookForCatalog()
            exchangeDoubts()
            beginTurns()
            handOut()
            guard !active.isEmpty || executor.isBusy || goesOnSoon else { break }
            transport.wait(atMost: patience) { take($0) }
            takeResults()
            noteDoubts()
            storeOldest()
            moveOn()
            showProgress()
        }
        let ending = ending
        finish()
        progress.end()
        if let failure { throw .storage(failure) }
        return report(ending, startedAt: startedAt)
    }

    /// Whether an access point that rests between two turns has more to do.
    ///
    /// One whose last turn learnt nothing is left to the next run: it would have turns without end.
    private var goesOnSoon: Bool {
        let now = clock.now
        return waiting.contains { check in
            check.hasLearnt && check.stage.kind == .waiting
                && check.urgency(policy, now: now) != nil
        }
    }

    /// Continues with a newer catalog.
    func replacePolicy(_ newer: CheckPolicy) { policy = newer }

    // MARK: - Time

    /// When to stop asking: a second before the end for pending answers, plus twice the expected
    /// time to store the states in memory, but at most half of the budget.
    var lastQuestionAt: Double {
        let rounds = (Double(active.count) / Double(executor.limit)).rounded(.up)
        let budget = Double(settings.budgetSeconds)
        return budget - 1 - min(2 * rounds * executor.meanSeconds, budget / 2)
    }

    var isOver: Bool { failure != nil || shouldStop() || clock.elapsed >= lastQuestionAt }

    private var patience: Duration {
        let longest = executor.isBusy ? jobPatience : 1
        return .seconds(max(0, min(longest, lastQuestionAt - clock.elapsed)))
    }

    private var ending: CheckReport.Ending {
        if shouldStop() { return .stopped }
        return clock.elapsed >= lastQuestionAt ? .budgetSpent : .nothingDue
    }

    // MARK: - The end

    /// Waits up to a second for pending answers, and stores everything.
    ///
    /// Each access point is tried once, whatever happens to the others. What is not stored a second
    /// after the end of the budget, or after the last answer, is given up, as if the run were
    /// killed.
    private func finish() {
        isFinishing = true
        let lastAnswerAt = clock.elapsed + 1
        let end = max(Double(settings.budgetSeconds), lastAnswerAt) + 1
        var tried: Set<AccessPointNumber> = []
        while true {
            takeResults()
            let isWaiting = clock.elapsed < lastAnswerAt
            for check in active { windUp(check, waitsForAnswers: isWaiting, &tried) }
            takeResults()
            if active.isEmpty { exchangeLastDoubts() }
            takeResults()
            guard !active.isEmpty || executor.isBusy, clock.elapsed < end else { break }
            let awaitsAnswers = isWaiting && active.contains { $0.underWayCount > 0 }
            // Those that wait for neither jobs nor answers continue at once.
            let patience =
                executor.isBusy
                ? jobPatience : awaitsAnswers ? lastAnswerAt - clock.elapsed : 0
            transport.wait(atMost: .seconds(max(0, min(patience, end - clock.elapsed)))) { answer in
                if clock.elapsed < lastAnswerAt { take(answer) }
            }
        }
        for check in checks { giveUp(check) }
    }

    /// Takes an access point as far towards the end of its turn as possible now.
    private func windUp(
        _ check: AccessPointCheck,
        waitsForAnswers: Bool,
        _ tried: inout Set<AccessPointNumber>
    ) {
        if check.stage.askingTurn != nil || check.stage.isDraining { send(.end(.over), to: check) }
        guard check.stage.isDraining, check.underWayCount == 0 || !waitsForAnswers else { return }
        guard tried.insert(check.number).inserted else { return giveUp(check) }
        send(.drained, to: check)
    }

    /// Counts unsaved answers as lost.
    private func giveUp(_ check: AccessPointCheck) {
        switch check.stage {
        case .new, .waiting, .yielding, .resting: return
        default: break
        }
        let isUnsaved = check.stage.turn.map { $0.unsavedAnswerCount > 0 } ?? false
        let reason = "storage was too slow: its latest answers are not stored"
        send(.giveUp(reason: isUnsaved ? reason : nil), to: check)
    }

    private func report(_ ending: CheckReport.Ending, startedAt: Double) -> CheckReport {
        CheckReport(
            ending: ending,
            generation: policy.generation,
            seconds: clock.elapsed - startedAt,
            accessPoints: checks.map { check in
                CheckReport.Line(
                    id: check.accessPoint.id,
                    askedCount: check.askedCount,
                    unstoredCount: check.unstoredCount,
                    seconds: check.workedSeconds,
                    summary: check.summary,
                    answers: check.answers,
                    strategy: transport.strategy(at: check.number),
                    problem: check.problem ?? transport.remark(at: check.number)
                )
            }
        )
    }

    private func showProgress() {
        progress.show(elapsed: clock.elapsed) {
            let (policy, now) = (policy, clock.now)
            return Progress.Figures(
                askedCount: checks.reduce(0) { $0 + $1.askedCount },
                leftCount: checks.reduce(0) { $0 + $1.leftCount },
                waitingCount: checks.count {
                    $0.stage.turn == nil && $0.urgency(policy, now: now) != nil
                },
                rows: active.sorted { $0.number < $1.number }.map {
                    Progress.Row(
                        id: $0.accessPoint.id,
                        askedCount: $0.askedCount,
                        leftCount: $0.leftCount
                    )
                }
            )
        }
    }
}
