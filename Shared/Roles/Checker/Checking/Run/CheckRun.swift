import Catalogs
package import CheckPlanning
package import CheckStates
import FunctionRuntime
package import Mirrors
import ObjectStorage

/// One run over many access points, within a budget of time.
///
/// What is asked, in which order, and what answers mean is the policy's (`CheckPlanning.Visit`);
/// the run sees to leases, storage, turns and time. Each access point goes through the stages of
/// ``Stage``. A few of them have their turn at once: their leases are held, and their states in
/// memory where these are needed. A turn lasts some seconds, longer where nobody waits; then what
/// was learnt is stored and dropped. So memory is bounded, a run that is killed loses seconds, and
/// of two runs at once only one asks an access point.
///
/// An access point begins a kind of work only when no other has a more urgent kind to do. Because
/// one slow mirror could then keep everybody's proofs from being renewed forever, that rule holds
/// for the first half of the budget, and leaves out access points that do not answer or asked for a
/// pause. Doubts and the day's questions come at any time: these are few.
package final class CheckRun {
    /// What is expected where, and the rules that go with it.
    private(set) var policy: CheckPolicy
    let transport: any Transport
    let states: any CheckStateStoring
    let leases: CheckLeases
    let settings: CheckSettings
    let clock: any CheckClock
    private let shouldStop: () -> Bool
    private let progress: Progress
    /// Chooses names that cannot exist, and whose agenda is read first.
    var random: any RandomNumberGenerator

    let checks: [AccessPointCheck]
    /// The same by the transport's numbers.
    private let checksByNumber: [AccessPointNumber: AccessPointCheck]
    /// How many are in each stage.
    var stageCounts: [Stage.Kind: Int]
    /// Those that have a turn.
    var active: [AccessPointCheck] = []
    /// Those that wait for one, in the order of their waiting, and those that yield.
    var waiting: [AccessPointCheck] = []
    /// Those whose agendas were not read yet.
    var unread: [AccessPointCheck] = []
    /// Which active one is asked next, so that those of one host take turns.
    var nextPosition = 0
    /// When waiting access points are looked at again, in seconds of the run.
    var nextLookAt = 0.0

    /// Where storage is waited for.
    let executor: JobExecutor<JobResult>
    /// How long the mirrors are waited for, in seconds, before the executor is looked at again.
    private let jobPatience: Double
    /// What made storage useless; the run ends with it.
    var failure: StorageError?
    /// No more questions are asked.
    private(set) var isFinishing = false
    /// Looks for newer catalogs; nil for a run that keeps the one it has.
    let watch: CatalogWatch?
    /// When one is looked for, in seconds of the run.
    var nextCatalogLookAt: Double
    /// The doubts to publish.
    var doubts: DoubtBoard
    /// Whether that was done for the last time.
    var hasExchangedLast = false
    /// The events that a stage did not expect; 0 but for a mistake in this module.
    package var impossibleEventCount = 0
    /// Told of every transition, after it; for tests.
    var observer: ((AccessPointCheck, Stage.Kind, Stage.Event.Kind) -> Void)?

    /// One access point to check.
    package struct Target {
        /// Its number in the transport.
        package var number: AccessPointNumber
        package var profile: AccessPointProfile
        /// Why it is not asked in this run; nil to ask it.
        package var restReason: String?
        /// Whether the run before met nothing but refusals: a few files are asked for then.
        package var wasRefused = false
        package var relatives: [Relative]

        package init(
            number: AccessPointNumber,
            profile: AccessPointProfile,
            restReason: String? = nil,
            wasRefused: Bool = false,
            relatives: [Relative] = []
        ) {
            self.number = number
            self.profile = profile
            self.restReason = restReason
            self.wasRefused = wasRefused
            self.relatives = relatives
        }
    }

    /// An access point whose proofs may renew those of another.
    package struct Relative: Sendable {
        package var accessPoint: AccessPoint
        package var kinship: Visit.Kinship

        package init(_ accessPoint: AccessPoint, _ kinship: Visit.Kinship) {
            self.accessPoint = accessPoint
            self.kinship = kinship
        }
    }

    /// Storage is waited for where `launcher` runs jobs.
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
        checks = targets.map { AccessPointCheck($0) }
        stageCounts = [.new: checks.count]
        checksByNumber = Dictionary(checks.map { ($0.number, $0) }) { first, _ in first }
    }

    /// The check of an access point; nil where it is none of this run's.
    func check(_ number: AccessPointNumber) -> AccessPointCheck? { checksByNumber[number] }

    /// Asks until nothing is due, the budget is spent or the process is to stop, and stores what
    /// was learnt.
    ///
    /// Storage that fails ends it as well; what can be stored of the others is stored before it
    /// throws.
    package func run() throws(CheckingError) -> CheckReport {
        let startedAt = clock.elapsed
        // In random order: no host is always asked first, or at the same time of the hour.
        unread = checks.shuffled(using: &random)
        while !isOver {
            takeResults()
            lookForCatalog()
            exchangeDoubts()
            beginTurns()
            handOut()
            guard !active.isEmpty || executor.isBusy else { break }
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

    /// Goes on with a newer catalog.
    func replacePolicy(_ newer: CheckPolicy) { policy = newer }

    // MARK: - Time

    /// When no more questions are asked: a second before the end for answers under way, and twice
    /// what it should take to store the states in memory, but no more than half of the budget.
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

    /// Waits a second for answers under way and stores everything.
    ///
    /// Each access point is tried once, whatever becomes of the others. What is not stored a second
    /// after the end of the budget, or after the last answer, is given up, as a kill would have it.
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
            // Those that await neither jobs nor answers go on at once.
            let patience =
                executor.isBusy
                ? jobPatience : awaitsAnswers ? lastAnswerAt - clock.elapsed : 0
            transport.wait(atMost: .seconds(max(0, min(patience, end - clock.elapsed)))) { answer in
                if clock.elapsed < lastAnswerAt { take(answer) }
            }
        }
        for check in checks { giveUp(check) }
    }

    /// Leads an access point out of its turn as far as it goes now.
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

    /// Counts as lost what is not stored by now.
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
                    lostCount: check.lostCount,
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
