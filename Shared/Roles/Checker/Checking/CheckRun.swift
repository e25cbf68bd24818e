package import Catalogs
package import Mirrors
import ObjectStorage
package import StateStorage

/// One run over many access points, within a budget of time: the order of work made true.
///
/// The states of a few access points are in memory at once. Each has its turn of some seconds, after
/// which it is stored and, where others wait, dropped; so memory is bounded, and a run that is killed
/// loses seconds. Whoever has its turn has its lease, so of two runs at once one asks there.
///
/// An access point begins a kind of work only when no other has a more urgent kind to do. Because one
/// slow mirror could then keep everybody's old proofs from being renewed for ever, that rule holds for
/// the first half of the budget, and leaves out access points that do not answer or asked for a pause.
package final class CheckRun {
    let catalog: Catalog
    let order: WorkOrder
    let judge: Judge
    let classes: FileClasses
    let transport: any Transport
    let states: any CheckStateStoring
    let leases: CheckLeases
    let settings: CheckSettings
    let clock: any CheckClock
    private let shouldStop: () -> Bool
    private let progress: Progress

    let works: [AccessPointWork]
    /// The same by the transport's numbers.
    let worksByIndex: [AccessPointWork?]
    /// The access points that are being asked.
    var active: [AccessPointWork] = []
    /// The others, those with nothing to do included.
    var waiting: [AccessPointWork] = []
    /// Which active access point is asked next, so that those of one host take turns.
    var turn = 0
    /// Where storage is waited for.
    let desk: StorageDesk
    /// How many access points are about to be active.
    var openingCount = 0
    /// No more questions are asked.
    private(set) var isFinishing = false
    /// When waiting access points are looked at again, in seconds of the run.
    var nextFillAt = 0.0
    /// The rsync access points whose listings vouch for nothing in this run any more.
    var distrusted: Set<AccessPoint.ID> = []
    /// Chooses samples.
    var random: any RandomNumberGenerator

    /// One access point to check.
    package struct Target {
        /// Its number in the transport.
        package var index: Int
        package var accessPoint: AccessPoint
        /// Why it is not asked in this run; nil to ask it.
        package var restReason: String?
        /// The rsync access point of the same mirror whose listing may vouch for this one; nil where
        /// each is judged by itself.
        package var voucher: AccessPoint?

        package init(
            index: Int,
            accessPoint: AccessPoint,
            restReason: String? = nil,
            voucher: AccessPoint? = nil
        ) {
            self.index = index
            self.accessPoint = accessPoint
            self.restReason = restReason
            self.voucher = voucher
        }
    }

    /// So many threads wait for storage; with 0 everything waits for it.
    package init(
        targets: [Target],
        catalog: Catalog,
        transport: any Transport,
        states: any CheckStateStoring,
        leases: CheckLeases,
        classes: FileClasses = .standard,
        settings: CheckSettings,
        clock: any CheckClock,
        progress: Progress = Progress(),
        random: any RandomNumberGenerator = SystemRandomNumberGenerator(),
        storageThreadLimit: Int = 0,
        shouldStop: @escaping () -> Bool
    ) {
        self.catalog = catalog
        order = WorkOrder(catalog: catalog, settings: settings)
        judge = Judge(
            generation: catalog.generation,
            recheckAfterSeconds: settings.recheckAfterSeconds
        )
        self.classes = classes
        self.transport = transport
        self.states = states
        self.leases = leases
        self.settings = settings
        self.clock = clock
        self.progress = progress
        self.random = random
        desk = StorageDesk(threadLimit: storageThreadLimit, clock: clock)
        self.shouldStop = shouldStop
        works = targets.map { target in
            let work = AccessPointWork(index: target.index, accessPoint: target.accessPoint)
            work.restReason = target.restReason
            work.voucher = target.voucher
            return work
        }
        var worksByIndex: [AccessPointWork?] = []
        for work in works {
            while worksByIndex.count <= work.index { worksByIndex.append(nil) }
            worksByIndex[work.index] = work
        }
        self.worksByIndex = worksByIndex
    }

    /// Asks until nothing is due, the budget is spent or the process is to stop, and stores what was
    /// learnt.
    ///
    /// Storage that fails ends it as well; what can be stored of the others is stored before it throws.
    package func run() throws(CheckingError) -> CheckReport {
        let startedAt = clock.elapsed
        var failure: StorageError?
        do throws(StorageError) {
            try surveyAll()
            while !isOver {
                try fillActive()
                handOut()
                guard !active.isEmpty || desk.isBusy else { break }
                transport.wait(atMost: patience) { take($0) }
                try desk.settle()
                try doChores()
                showProgress()
            }
        } catch {
            failure = error
        }
        let ending = ending
        let latest = finish()
        progress.end()
        if let failure = failure ?? latest { throw .storage(failure) }
        return report(ending, startedAt: startedAt)
    }

    // MARK: - Time

    /// When no more questions are asked: a second before the end for answers under way, and twice what it
    /// should take to store the states in memory, but no more than half of the budget.
    var lastQuestionAt: Double {
        let rounds = (Double(active.count) / Double(max(1, desk.threadLimit))).rounded(.up)
        let budget = Double(settings.budgetSeconds)
        return budget - 1 - min(2 * rounds * desk.meanSeconds, budget / 2)
    }

    var isOver: Bool { shouldStop() || clock.elapsed >= lastQuestionAt }

    var patience: Duration {
        let longest = desk.isBusy ? Self.patienceWhileStoring : 1
        return .seconds(max(0, min(longest, lastQuestionAt - clock.elapsed)))
    }

    /// How long the mirrors are waited for, in seconds, before the desk is looked at again.
    private static let patienceWhileStoring = 0.01

    // MARK: - The end

    /// Waits a second for answers under way and stores everything; returns the first thing that failed.
    ///
    /// Each access point is tried once, whatever becomes of the others. What is not stored a second after
    /// the end of the budget, or after the last answer, is given up, as a kill would have it.
    private func finish() -> StorageError? {
        isFinishing = true
        for work in active { work.dropQueue() }
        var failure: StorageError?
        func attempt(_ step: () throws(StorageError) -> Void) {
            do throws(StorageError) { try step() } catch { failure = failure ?? error }
        }
        let lastAnswerAt = clock.elapsed + 1
        let end = max(Double(settings.budgetSeconds), lastAnswerAt) + 1
        var tried: Set<Int> = []
        while true {
            attempt(desk.settle)
            let isOver = clock.elapsed >= lastAnswerAt
            for work in active where work.errand == nil && (isOver || work.inFlight == 0) {
                guard tried.insert(work.index).inserted else { continue }
                attempt { () throws(StorageError) in try putAside(work) }
            }
            let awaitsAnswers = !isOver && active.contains { $0.inFlight > 0 }
            let patience = (awaitsAnswers ? lastAnswerAt : end) - clock.elapsed
            guard awaitsAnswers || desk.isBusy, patience > 0 else { break }
            let longest = desk.isBusy ? Self.patienceWhileStoring : patience
            transport.wait(atMost: .seconds(min(longest, patience))) { answer in
                if clock.elapsed < lastAnswerAt { take(answer) }
            }
        }
        guard failure == nil else { return failure }
        for work in active { work.rest("storage was too slow: its latest answers are not stored") }
        return nil
    }

    private var ending: CheckReport.Ending {
        if shouldStop() { return .stopped }
        return clock.elapsed >= lastQuestionAt ? .budgetSpent : .nothingDue
    }

    private func report(_ ending: CheckReport.Ending, startedAt: Double) -> CheckReport {
        CheckReport(
            ending: ending,
            seconds: clock.elapsed - startedAt,
            accessPoints: works.map { work in
                CheckReport.Line(
                    id: work.accessPoint.id,
                    askedCount: work.askedCount,
                    seconds: work.workedSeconds,
                    survey: work.survey,
                    way: transport.way(at: work.index),
                    vouchedCount: work.vouchedCount,
                    contradiction: work.contradiction,
                    problem: work.restReason ?? work.rivalry
                )
            }
        )
    }

    private func showProgress() {
        progress.show(elapsed: clock.elapsed) {
            Progress.Figures(
                askedCount: works.reduce(0) { $0 + $1.askedCount },
                leftCount: works.reduce(0) { $0 + $1.leftCount },
                waitingCount: openingCount + waiting.count { $0.firstPhase != nil },
                rows: active.sorted { $0.index < $1.index }.map {
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
