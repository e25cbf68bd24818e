import Mirrors
import StateStorage

// Whose turn it is, and for what.
extension CheckRun {
    /// The kind of work that may be begun now.
    private var allowedPhase: WorkOrder.Phase? {
        if clock.elapsed > Double(settings.budgetSeconds) / 2 { return .removed }
        let free = checks.filter(isFree)
        let ready = free.filter { transport.pause(at: $0.index) < .seconds(5) }
        return ready.compactMap(\.firstPhase).min() ?? free.compactMap(\.firstPhase).min()
    }

    /// Whether no other Checker is known to be at work there.
    private func isFree(_ check: AccessPointCheck) -> Bool {
        guard case .yielding(let rivalry) = check.stage else { return true }
        return rivalry.until <= clock.elapsed
    }

    /// Looks at every state once, to know what is most urgent anywhere; then gives waiting access points
    /// with urgent work the places that are free.
    func beginTurns() {
        while !isOver, executor.hasRoom, let check = uncounted.last {
            send(.count, to: check)
            takeResults()
        }
        let isCounting = checks.contains { $0.stage.isUncounted }
        guard !isCounting, hasPlace, !waiting.isEmpty,
            active.isEmpty || clock.elapsed >= nextLookAt
        else { return }
        for check in waiting { wakeForRecheck(check) }
        while !isOver, hasPlace {
            guard let next = mostUrgent() else {
                nextLookAt = clock.elapsed + 0.25
                return
            }
            send(.open, to: next)
            takeResults()
        }
    }

    private var hasPlace: Bool { !isFull && executor.hasRoom }

    /// Whether as many have a turn as may.
    private var isFull: Bool {
        let openingCount = checks.count { $0.stage.kind == .opening }
        return active.count + openingCount >= settings.activeLimit
    }

    /// Of those that may begin the one with the most urgent work, and of equals the one that waits for
    /// longest.
    private func mostUrgent() -> AccessPointCheck? {
        guard !waiting.isEmpty, let allowed = allowedPhase else { return nil }
        var best: (check: AccessPointCheck, phase: WorkOrder.Phase)?
        for check in waiting where mayBegin(check, allowed) {
            guard let phase = check.firstPhase, best.map({ phase < $0.phase }) ?? true
            else { continue }
            best = (check, phase)
        }
        return best?.check
    }

    private func mayBegin(_ check: AccessPointCheck, _ allowed: WorkOrder.Phase) -> Bool {
        // Answers to questions of a turn whose lease was lost must not be taken for those of a new one.
        check.underWayCount == 0 && isFree(check) && !awaitsVoucher(check)
            && check.firstPhase.map { $0 <= allowed } ?? false
    }

    /// Notes that a suspicion of an access point that had nothing to do has become due.
    private func wakeForRecheck(_ check: AccessPointCheck) {
        guard let time = check.survey?.nextRecheckAt, time <= clock.now else { return }
        check.survey?.nextRecheckAt = nil
        check.survey?.due[WorkOrder.Phase.recheck.rawValue] += 1
    }

    /// Whether an access point that is about to do work of a kind should leave its place to another one:
    /// to one with more urgent work, or when its turn is over, to any.
    private func mustLeave(_ phase: WorkOrder.Phase, isSpent: Bool) -> Bool {
        guard let other = mostUrgent()?.firstPhase else { return false }
        return isSpent || isFull && other < phase
    }

    /// Ends the turns of those with less urgent work where others wait for a place: new files that were
    /// published meanwhile do not wait until a turn is over.
    private func makePlace() {
        guard isFull, clock.elapsed >= nextLookAt else { return }
        nextLookAt = clock.elapsed + 0.25
        guard let urgent = mostUrgent()?.firstPhase else { return }
        let count = waiting.count { $0.firstPhase == urgent }
        let yielding = active.filter { check in
            check.stage.askingTurn?.phase.map { $0 > urgent } ?? false
        }
        for check in yielding.prefix(count) { send(.end(.waiting), to: check) }
    }

    /// Moves on those whose queue or turn is over.
    func moveOn() {
        makePlace()
        let elapsed = clock.elapsed
        for check in active {
            if let turn = check.stage.askingTurn {
                if elapsed >= turn.endsAt {
                    send(.end(afterTurn(of: check)), to: check)
                } else if turn.leftCount == 0 {
                    send(.end(.waiting), to: check)
                }
            }
            if case .draining(_, _, isStoring: false) = check.stage, check.underWayCount == 0 {
                send(.drained, to: check)
            }
        }
        // One queue at a time: making it takes some milliseconds, in which nothing is asked.
        for check in active {
            guard case .planning(let turn) = check.stage else { continue }
            plan(check, turn)
            break
        }
        takeResults()
    }

    /// A host that asked for a pause beyond the end of the run is not waited for.
    private func afterTurn(of check: AccessPointCheck) -> Stage.Afterwards {
        let pause = transport.pause(at: check.index)
        guard pause > .seconds(max(0, lastQuestionAt - clock.elapsed)) else { return .waiting }
        return .resting(reason: "the host asked for a pause of \(pause.components.seconds) s")
    }

    /// Makes the queue of the most urgent work; where there is none that may be begun, or the turn is over
    /// and others wait, the turn ends.
    private func plan(_ check: AccessPointCheck, _ turn: Turn) {
        let isSpent = turn.phase != nil && clock.elapsed >= turn.endsAt
        if let phase = turn.phase, mustLeave(phase, isSpent: isSpent) {
            return send(.leave, to: check)
        }
        if turn.sample != nil, needsVoucherState(check, turn) {
            return send(.consult, to: check)
        }
        settleVouching(check, turn)
        turn.dropQueue()
        turn.phase = nil
        turn.endsAt = clock.elapsed + Double(CheckSettings.sliceSeconds)
        let (order, state, now) = (edition.order, turn.loaded.state, clock.now)
        check.survey = order.survey(state, settled: check.settled, now: now)
        guard let phase = check.firstPhase, let allowed = allowedPhase, phase <= allowed else {
            return send(.leave, to: check)
        }
        if phase == .revalidate {
            if awaitsVoucher(check) { return send(.leave, to: check) }
            if needsVoucherState(check, turn) { return send(.consult, to: check) }
            turn.sample = sample(for: check, turn)
        }
        turn.setQueue(
            turn.sample ?? order.queue(phase, for: state, settled: check.settled, now: now)
        )
        turn.phase = phase
        send(.planned, to: check)
    }
}
