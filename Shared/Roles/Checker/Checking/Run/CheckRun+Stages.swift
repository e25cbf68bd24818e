import CheckStates
import FunctionRuntime
import Mirrors
import StateStorage

// What happens when an access point goes from one stage to the next: the only place where the lists of a
// run change, and where jobs begin.
extension CheckRun {
    /// Moves an access point on, as ``Stage/after(_:)`` has it.
    func send(_ event: Stage.Event, to check: AccessPointCheck) {
        guard let next = check.stage.after(event) else {
            impossibleEventCount += 1
            return Log.error(
                "an event that cannot be: please report it",
                [
                    "accessPoint": check.accessPoint.id, "stage": check.stage.kind.rawValue,
                    "event": event.kind.rawValue,
                ]
            )
        }
        let previous = check.stage
        check.stage = next
        leave(previous, check)
        enter(previous, check)
        observer?(check, previous.kind, event.kind)
    }

    /// Undoes what the stage that is left brought with it.
    private func leave(_ previous: Stage, _ check: AccessPointCheck) {
        switch previous {
        case .new: uncounted.removeAll { $0 === check }
        case .waiting, .yielding: waiting.removeAll { $0 === check }
        default: break
        }
        guard let turn = previous.turn, check.stage.turn == nil else { return }
        active.removeAll { $0 === check }
        check.workedSeconds += clock.elapsed - turn.beganAt
        // Nothing is lost where all is stored.
        check.lostCount += turn.unsavedAnswerCount
        guard turn.unsavedSince == nil else {
            Log.warning(
                "answers are dropped",
                [
                    "accessPoint": check.accessPoint.id, "answers": turn.unsavedAnswerCount,
                    "reason": check.stage.problem ?? "storage failed",
                ]
            )
            // Asked and not stored is as good as not asked.
            check.settled = FileSet()
            return
        }
        if checks.count <= settings.activeLimit { check.kept = turn.loaded }
    }

    /// Begins what the new stage is for.
    private func enter(_ previous: Stage, _ check: AccessPointCheck) {
        if previous.turn == nil, check.stage.turn != nil { active.append(check) }
        switch check.stage {
        case .new: uncounted.append(check)
        case .waiting, .yielding: waiting.append(check)
        case .counting: submitCounting(check)
        case .opening: submitOpening(check)
        case .consulting: submitConsulting(check)
        case .storing(let turn): if !previous.isStoring { submitStoring(check, turn) }
        case .draining(let turn, _, isStoring: true):
            if !previous.isStoring { submitStoring(check, turn) }
        case .leaving(let turn, _): if previous.kind != .leaving { submitLeaving(check, turn) }
        case .planning, .working, .draining, .resting: break
        }
    }
}
