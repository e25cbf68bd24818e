import Catalogs
import CheckPlanning
import CheckStates
import Mirrors

// Whose turn it is, and for what.
extension CheckRun {
    /// The least urgent kind of work that may begin now.
    private var allowedUrgency: Urgency {
        if clock.elapsed > Double(settings.budgetSeconds) / 2 { return .routine }
        // One pass without arrays, because this runs for each of several hundred turns.
        let now = clock.now
        var (ready, free): (Urgency?, Urgency?)
        for check in checks where isFree(check) {
            // Doubts do not delay others.
            guard let urgency = check.urgency(policy, now: now), urgency > .doubt,
                urgency == .news || isReady(check)
            else { continue }
            if free.map({ urgency < $0 }) ?? true { free = urgency }
            if ready.map({ urgency < $0 }) ?? true,
                transport.pause(at: check.number) < Self.longestPause
            {
                ready = urgency
            }
        }
        return ready ?? free ?? .routine
    }

    /// Whether it has no turn, and could take one now.
    private func isReady(_ check: AccessPointCheck) -> Bool {
        !check.stage.countsAsTurn && check.underWayCount == 0
            && clock.elapsed >= check.turnNotBefore
    }

    /// Nobody waits for a host that requested a longer pause.
    private static let longestPause = Duration.seconds(5)

    /// Whether no other checker is known to work there.
    private func isFree(_ check: AccessPointCheck) -> Bool {
        guard case .yielding(let competitor) = check.stage else { return true }
        return competitor.until <= clock.elapsed
    }

    /// Reads every agenda once, to find the most urgent work; then assigns the free turns to
    /// waiting access points with urgent work.
    func beginTurns() {
        while !isOver, executor.hasRoom, let check = unread.last {
            send(.read, to: check)
            takeResults()
        }
        guard count(.new) + count(.reading) == 0, hasFreeTurn, !waiting.isEmpty,
            active.isEmpty || clock.elapsed >= nextLookAt
        else { return }
        while !isOver, hasFreeTurn {
            guard let next = nextWaiting()?.check else {
                nextLookAt = clock.elapsed + 0.25
                return
            }
            send(.open, to: next)
            takeResults()
        }
    }

    private var hasFreeTurn: Bool { !isFull && executor.hasRoom }

    /// Whether the maximum number have a turn.
    private var isFull: Bool {
        active.count + count(.opening) >= settings.activeLimit(fileCount: policy.catalog.count)
    }

    /// The number of access points in a stage.
    private func count(_ kind: Stage.Kind) -> Int { stageCounts[kind] ?? 0 }

    /// The access point with the most urgent work among those that may begin; among equals, the
    /// longest-waiting one, or in their first pass the one that ``FirstPassOrder`` puts first.
    private func nextWaiting() -> (check: AccessPointCheck, urgency: Urgency)? {
        guard !waiting.isEmpty else { return nil }
        let now = clock.now
        // Counted for the first that depends on it: a look at every access point.
        var allowed: Urgency?
        var best: (check: AccessPointCheck, urgency: Urgency, order: FirstPassOrder?)?
        var areFirstPassesCounted = false
        for check in waiting {
            guard let urgency = check.urgency(policy, now: now),
                best.map({ urgency <= $0.urgency }) ?? true
            else { continue }
            if urgency == .firstPass, !areFirstPassesCounted {
                countFirstPasses()
                areFirstPassesCounted = true
            }
            let order = urgency == .firstPass ? firstPassOrder(of: check) : nil
            if let best, urgency == best.urgency {
                guard let order, let other = best.order, order < other else { continue }
            }
            guard mayBegin(check, urgency, &allowed) else { continue }
            best = (check, urgency, order)
        }
        return best.map { ($0.check, $0.urgency) }
    }

    private func mayBegin(
        _ check: AccessPointCheck,
        _ urgency: Urgency,
        _ allowed: inout Urgency?
    ) -> Bool {
        // Answers to a turn whose lease was lost must not be mistaken for those of a new one.
        guard isReady(check), isFree(check) else { return false }
        // A few questions spread over the day don't delay others, whose work takes hours.
        if urgency == .routine && isBrief(check) || !check.needsState(policy, now: clock.now) {
            return true
        }
        let limit = allowed ?? allowedUrgency
        allowed = limit
        return urgency <= limit
    }

    /// Whether its daily work is a few questions at a time, not whole listings.
    private func isBrief(_ check: AccessPointCheck) -> Bool {
        check.accessPoint.scheme == .http || check.accessPoint.scheme == .https
    }

    /// Begins a slice of several seconds.
    func beginSlice(_ check: AccessPointCheck, _ turn: Turn) {
        turn.endsAt = clock.elapsed + Double(CheckSettings.sliceSeconds)
        let isRoutine = turn.urgency(now: clock.now) == .routine && isBrief(check)
        turn.least = turn.visit == nil || isRoutine ? .routine : allowedUrgency
        turn.tryAgain()
    }

    /// Ends the turns with less urgent work if others wait for a turn, so that newly published
    /// files don't wait for a turn to end.
    private func makeRoom() {
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

    /// Moves on access points without further questions, or whose turn is over.
    func moveOn() {
        makeRoom()
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

    /// Ends a turn that has lasted long enough if others wait for its turn.
    private func endSlice(_ check: AccessPointCheck, _ turn: Turn) {
        let pause = transport.pause(at: check.number)
        if pause > .seconds(max(0, lastQuestionAt - clock.elapsed)) {
            let reason = "the host asked for a pause of \(pause.components.seconds) s"
            send(.end(.resting(reason: reason)), to: check)
        } else if isFull, let next = nextWaiting(), !goesOn(check, turn, before: next) {
            send(.end(.waiting), to: check)
        } else {
            beginSlice(check, turn)
        }
    }
}
