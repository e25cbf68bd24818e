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
            guard let allowed = allowedPhase,
                let next = waiting.first(where: { mayBegin($0, allowed) })
            else {
                nextLookAt = clock.elapsed + 0.25
                return
            }
            send(.open, to: next)
            takeResults()
        }
    }

    private var hasPlace: Bool {
        let openingCount = checks.count { if case .opening = $0.stage { true } else { false } }
        return active.count + openingCount < settings.activeLimit && executor.hasRoom
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

    private var isSomebodyWaiting: Bool {
        guard !waiting.isEmpty, let allowed = allowedPhase else { return false }
        return waiting.contains { mayBegin($0, allowed) }
    }

    /// Moves on those whose queue or turn is over.
    func moveOn() {
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
        if isSpent, isSomebodyWaiting { return send(.leave, to: check) }
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
