import CheckPlanning
import CheckStates
import FunctionRuntime
import Mirrors

// What happens when an access point changes its stage: the only place where the lists of a run
// change and jobs begin.
extension CheckRun {
    /// Moves an access point to the stage given by ``Stage/after(_:)``.
    func send(_ event: Stage.Event, to check: AccessPointCheck) {
        guard let next = check.stage.after(event) else {
            impossibleEventCount += 1
            return Log.error(
                "impossible event",
                [
                    "accessPoint": check.accessPoint.id, "stage": check.stage.kind.rawValue,
                    "event": event.kind.rawValue, "hint": "this is a bug, please report it",
                ]
            )
        }
        let previous = check.stage
        check.stage = next
        stageCounts[previous.kind, default: 0] -= 1
        stageCounts[next.kind, default: 0] += 1
        switch (previous.countsAsTurn, next.countsAsTurn) {
        case (false, true): hosts[check.host].beginTurn(now: clock.elapsed)
        case (true, false): hosts[check.host].endTurn(now: clock.elapsed)
        default: break
        }
        leave(previous, check)
        enter(previous, check)
        observer?(check, previous.kind, event.kind)
    }

    /// Undoes what the previous stage set up.
    private func leave(_ previous: Stage, _ check: AccessPointCheck) {
        switch previous {
        case .new: unread.remove(check)
        case .waiting, .yielding: waiting.remove(check)
        default: break
        }
        if let turn = previous.turn, check.stage.turn == nil { end(turn, of: check) }
    }

    private func end(_ turn: Turn, of check: AccessPointCheck) {
        active.remove(check)
        check.workedSeconds += clock.elapsed - turn.beganAt
        check.hasLearnt = turn.hasLearnt
        check.turnNotBefore = clock.elapsed + (turn.isCurtailed ? 0 : Self.secondsBetweenTurns)
        guard turn.unsavedSince != nil || turn.unsavedAnswerCount > 0 else {
            check.agenda = turn.agenda.agenda
            return
        }
        // Unsaved questions count as not asked, and what is stored is unknown.
        check.agenda = nil
        guard turn.unsavedAnswerCount > 0 else { return }
        check.unstoredCount += turn.unsavedAnswerCount
        Log.warning(
            "answers lost",
            [
                "accessPoint": check.accessPoint.id, "answers": turn.unsavedAnswerCount,
                "reason": check.stage.problem ?? "storage failed",
            ]
        )
    }

    /// The minimum wait of an access point between two turns, in seconds.
    private static let secondsBetweenTurns = 5.0

    /// Starts the work of the new stage.
    private func enter(_ previous: Stage, _ check: AccessPointCheck) {
        if previous.turn == nil, check.stage.turn != nil { active.append(check) }
        switch check.stage {
        case .new: unread.append(check)
        case .waiting, .yielding: waiting.append(check)
        case .reading: submitReading(check)
        case .opening: submitOpening(check)
        case .loading(let turn): submitLoading(check, turn)
        case .working(let turn): if previous.kind != .storing { beginSlice(check, turn) }
        case .storing(let turn): submitStoring(check, turn)
        case .draining(let turn, _, let isStoring):
            if previous.askingTurn != nil { turn.dropBacklog() }
            if isStoring, !previous.isStoring { submitStoring(check, turn) }
        case .leaving(let turn, _):
            if previous.kind != .leaving { submitLeaving(check, turn) }
        case .resting: break
        }
    }
}

extension [AccessPointCheck] {
    /// Removes one of several hundred; searches from the end, where the latest ones are.
    fileprivate mutating func remove(_ check: AccessPointCheck) {
        if let index = lastIndex(where: { $0 === check }) { remove(at: index) }
    }
}
