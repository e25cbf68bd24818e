import Catalogs
import CheckPlanning
import CheckStates
import Mirrors

// Whose turn it is, and for what.
extension CheckRun {
    /// The least urgent kind of work that may be begun now.
    private var allowedUrgency: Urgency {
        if clock.elapsed > Double(settings.budgetSeconds) / 2 { return .routine }
        // One pass without arrays, since this is looked at for each turn of several hundred.
        let now = clock.now
        var (ready, free): (Urgency?, Urgency?)
        for check in checks where isFree(check) {
            // Doubts keep nobody waiting.
            guard let urgency = check.urgency(policy, now: now), urgency > .doubt else { continue }
            if free.map({ urgency < $0 }) ?? true { free = urgency }
            if ready.map({ urgency < $0 }) ?? true,
                transport.pause(at: check.number) < Self.longestPause
            {
                ready = urgency
            }
        }
        return ready ?? free ?? .routine
    }

    /// Others do not wait for a host that asked for a longer pause.
    private static let longestPause = Duration.seconds(5)

    /// Whether no other Checker is known to be at work there.
    private func isFree(_ check: AccessPointCheck) -> Bool {
        guard case .yielding(let rivalry) = check.stage else { return true }
        return rivalry.until <= clock.elapsed
    }

    /// Reads every agenda once, to know what is most urgent anywhere; then gives waiting access
    /// points with urgent work the places that are free.
    func beginTurns() {
        while !isOver, executor.hasRoom, let check = unread.last {
            send(.read, to: check)
            takeResults()
        }
        guard count(.new) + count(.reading) == 0, hasPlace, !waiting.isEmpty,
            active.isEmpty || clock.elapsed >= nextLookAt
        else { return }
        while !isOver, hasPlace {
            guard let next = nextWaiting()?.check else {
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
        active.count + count(.opening) >= settings.activeLimit(fileCount: policy.catalog.count)
    }

    /// How many are in a stage.
    private func count(_ kind: Stage.Kind) -> Int { stageCounts[kind] ?? 0 }

    /// Of those that may begin the one with the most urgent work, and of equals the one that waits
    /// for longest.
    private func nextWaiting() -> (check: AccessPointCheck, urgency: Urgency)? {
        guard !waiting.isEmpty else { return nil }
        let (allowed, now) = (allowedUrgency, clock.now)
        var best: (check: AccessPointCheck, urgency: Urgency)?
        for check in waiting {
            guard let urgency = check.urgency(policy, now: now),
                best.map({ urgency < $0.urgency }) ?? true, mayBegin(check, urgency, allowed)
            else { continue }
            best = (check, urgency)
        }
        return best
    }

    private func mayBegin(
        _ check: AccessPointCheck,
        _ urgency: Urgency,
        _ allowed: Urgency
    ) -> Bool {
        // Answers to questions of a turn whose lease was lost must not be taken for those of a new
        // one.
        guard check.underWayCount == 0, clock.elapsed >= check.turnNotBefore, isFree(check)
        else { return false }
        if urgency <= allowed { return true }
        // A few questions that are spread over the day; others' work takes hours.
        return !check.needsState(policy, now: clock.now)
            || urgency == .routine && isBrief(check)
    }

    /// Whether the day's work there is a few questions at a time, and not whole listings.
    private func isBrief(_ check: AccessPointCheck) -> Bool {
        check.accessPoint.scheme == .http || check.accessPoint.scheme == .https
    }

    /// Begins some seconds of questions.
    func beginSlice(_ check: AccessPointCheck, _ turn: Turn) {
        turn.endsAt = clock.elapsed + Double(CheckSettings.sliceSeconds)
        let isRoutine = turn.urgency(now: clock.now) == .routine && isBrief(check)
        turn.least = turn.visit == nil || isRoutine ? .routine : allowedUrgency
        turn.tryAgain()
    }

    /// Ends the turns of those with less urgent work where others wait for a place: new files that
    /// were published meanwhile do not wait until a turn is over.
    private func makePlace() {
        guard isFull, clock.elapsed >= nextLookAt else { return }
        nextLookAt = clock.elapsed + 0.25
        guard let urgent = nextWaiting()?.urgency else { return }
        let now = clock.now
        let count = waiting.count { $0.urgency(policy, now: now) == urgent }
        let yielding = active.filter { check in
            guard let turn = check.stage.askingTurn else { return false }
            return turn.urgency(now: now).map { $0 > urgent } ?? false
        }
        for check in yielding.prefix(count) { send(.end(.waiting), to: check) }
    }

    /// Moves on those that have no questions any more, or whose turn is over.
    func moveOn() {
        makePlace()
        for check in active {
            if let turn = check.stage.askingTurn {
                if turn.isDone, check.underWayCount == 0 {
                    send(.end(.waiting), to: check)
                } else if clock.elapsed >= turn.endsAt {
                    endSlice(check, turn)
                }
            }
            if check.stage.isDraining, check.underWayCount == 0 { send(.drained, to: check) }
        }
        takeResults()
    }

    /// Ends a turn that has lasted long enough where others wait for its place.
    private func endSlice(_ check: AccessPointCheck, _ turn: Turn) {
        let pause = transport.pause(at: check.number)
        if pause > .seconds(max(0, lastQuestionAt - clock.elapsed)) {
            let reason = "the host asked for a pause of \(pause.components.seconds) s"
            send(.end(.resting(reason: reason)), to: check)
        } else if isFull, nextWaiting() != nil {
            send(.end(.waiting), to: check)
        } else {
            beginSlice(check, turn)
        }
    }
}
