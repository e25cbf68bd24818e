import Mirrors
import ObjectStorage
import StateStorage

// Whose turn it is.
extension CheckRun {
    /// The kind of work that may be begun now.
    private var allowedPhase: WorkOrder.Phase? {
        if clock.elapsed > Double(settings.budgetSeconds) / 2 { return .removed }
        let free = works.filter(isFree)
        let ready = free.filter { transport.pause(at: $0.index) < .seconds(5) }
        return ready.compactMap(\.firstPhase).min() ?? free.compactMap(\.firstPhase).min()
    }

    /// Whether no other Checker is known to be at work there.
    private func isFree(_ work: AccessPointWork) -> Bool {
        work.triedAgainAt <= clock.elapsed
    }

    /// Looks at every state once, to know what is most urgent anywhere.
    func surveyAll() throws(StorageError) {
        // In random order: no host is always asked first, or at the same time of the hour.
        var rest = works.shuffled(using: &random)
        while !isOver, !rest.isEmpty || desk.isBusy {
            while !isOver, desk.hasRoom, let work = rest.popLast() { try survey(work) }
            if desk.isBusy { transport.wait(atMost: patience) { take($0) } }
            try desk.settle()
        }
    }

    private func survey(_ work: AccessPointWork) throws(StorageError) {
        let (states, order, accessPoint, now) = (states, order, work.accessPoint, clock.now)
        // Where all fit, nothing is read twice.
        let isKept = works.count <= settings.activeLimit
        try desk.start { () throws(StorageError) -> (Survey, CheckStateStore.Loaded?) in
            let loaded = try states.load(accessPoint)
            return (order.survey(loaded.state, now: now), isKept ? loaded : nil)
        } then: { [unowned self] result throws(StorageError) in
            (work.survey, work.loaded) = try result.get()
            waiting.append(work)
        }
    }

    /// Gives waiting access points with urgent work the places that are free.
    func fillActive() throws(StorageError) {
        guard hasPlace, !waiting.isEmpty, active.isEmpty || clock.elapsed >= nextFillAt
        else { return }
        for work in waiting { wakeForRecheck(work) }
        while !isOver, hasPlace {
            guard let allowed = allowedPhase,
                let next = waiting.firstIndex(where: { mayBegin($0, allowed) })
            else {
                nextFillAt = clock.elapsed + 0.25
                return
            }
            let activeCount = active.count
            try open(waiting.remove(at: next))
            // Those at work need not wait for fifty queues to be made.
            if active.count > activeCount { return }
        }
    }

    private var hasPlace: Bool {
        active.count + openingCount < settings.activeLimit && desk.hasRoom
    }

    private func mayBegin(_ work: AccessPointWork, _ allowed: WorkOrder.Phase) -> Bool {
        isFree(work) && !awaitsVoucher(work) && work.firstPhase.map { $0 <= allowed } ?? false
    }

    /// Notes that a suspicion of an access point that had nothing to do has become due.
    private func wakeForRecheck(_ work: AccessPointWork) {
        guard let time = work.survey?.nextRecheckAt, time <= clock.now else { return }
        work.survey?.nextRecheckAt = nil
        work.survey?.due[WorkOrder.Phase.recheck.rawValue] += 1
    }

    /// Makes the queue of the most urgent work, and returns whether there is any; also where the listing
    /// that vouches is still to be read, after which it is called once more.
    func plan(_ work: AccessPointWork) throws(StorageError) -> Bool {
        if work.sample != nil, try !hasVoucherState(work) { return true }
        settleVouching(work)
        work.dropQueue()
        work.phase = nil
        work.isYielding = false
        work.sliceEndsAt = clock.elapsed + Double(CheckSettings.sliceSeconds)
        guard let state = work.loaded?.state else { return false }
        let now = clock.now
        let survey = order.survey(state, settled: work.settled, now: now)
        work.survey = survey
        guard let phase = work.firstPhase, let allowed = allowedPhase, phase <= allowed else {
            return false
        }
        if phase == .revalidate {
            guard !awaitsVoucher(work) else { return false }
            guard try hasVoucherState(work) else { return true }
            work.sample = sample(for: work)
        }
        work.queue =
            work.sample ?? order.queue(phase, for: state, settled: work.settled, now: now)
        work.phase = phase
        return true
    }

    /// Stores answers whose time has come, and moves access points on whose queue or turn is over.
    func doChores() throws(StorageError) {
        try keepOne()
        let elapsed = clock.elapsed
        for work in active {
            if elapsed >= work.sliceEndsAt {
                work.isYielding = true
                restIfPausedTooLong(work)
            }
            guard work.isIdle, work.errand == nil else { continue }
            let mustYield = work.isYielding && isSomebodyWaiting
            if !mustYield, work.restReason == nil, try plan(work) { continue }
            try putAside(work)
        }
    }

    private var isSomebodyWaiting: Bool {
        guard !waiting.isEmpty, let allowed = allowedPhase else { return false }
        return waiting.contains { mayBegin($0, allowed) }
    }

    /// A host that asked for a pause beyond the end of the run is not waited for.
    private func restIfPausedTooLong(_ work: AccessPointWork) {
        let pause = transport.pause(at: work.index)
        guard pause > .seconds(max(0, lastQuestionAt - clock.elapsed)) else { return }
        work.rest("the host asked for a pause of \(pause.components.seconds) s")
    }
}
