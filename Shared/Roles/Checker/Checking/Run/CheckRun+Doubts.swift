import CheckPlanning
import Mirrors

// Publishes doubts during the run, and takes over those of other writers.
extension CheckRun {
    /// Looks for changed doubts.
    func noteDoubts() {
        guard doubts.health != nil else { return }
        for check in active {
            guard let turn = check.stage.turn, let visit = turn.visit,
                visit.doubtRevision != turn.seenDoubtRevision
            else { continue }
            noteDoubt(check, turn)
        }
    }

    /// Compares the doubt of an access point with the published one.
    func noteDoubt(_ check: AccessPointCheck, _ turn: Turn) {
        guard doubts.health != nil, let visit = turn.visit else { return }
        turn.seenDoubtRevision = visit.doubtRevision
        let doubt = visit.doubtToPublish(now: clock.now)
        guard check.knownDoubt == nil || check.knownDoubt != .some(doubt) else { return }
        doubts.note(doubt, of: check.accessPoint.id, before: check.knownDoubt ?? nil)
        check.knownDoubt = .some(doubt)
    }

    /// Starts a job that publishes what has changed and fetches what others found out.
    func exchangeDoubts(isLast: Bool = false) {
        guard let health = doubts.health, executor.hasRoom,
            let changed = doubts.take(at: clock.elapsed, isLast: isLast)
        else { return }
        executor.submit { [policy, now = clock.now] in
            .exchanged(health.exchange(changed, policy, now))
        }
    }

    /// Publishes once, at the end of the run, the doubts that are not published yet.
    func exchangeLastDoubts() {
        guard doubts.hasChanged, !hasExchangedLast else { return }
        hasExchangedLast = true
        exchangeDoubts(isLast: true)
    }

    /// Takes over what others found out.
    func take(_ news: HealthExchange.News?) {
        doubts.finish(at: clock.elapsed, isKnown: news != nil)
        guard let news, !isFinishing else { return }
        for check in checks {
            guard let outsideFindings = news[check.accessPoint.id],
                check.heardUntil.map({ outsideFindings.since > $0 }) ?? true
            else { continue }
            check.heardUntil = outsideFindings.since
            let now = clock.now
            guard let turn = check.stage.askingTurn else {
                check.outsideFindings = outsideFindings
                continue
            }
            if turn.visit == nil {
                check.outsideFindings = outsideFindings
                send(.end(.loading), to: check)
            } else {
                turn.change(at: clock.elapsed) { visit in
                    visit.applyOutsideFindings(
                        outsideFindings.findings,
                        since: outsideFindings.since,
                        now: now
                    )
                }
                // It replaces what a probe had written, whatever the result.
                check.knownDoubt = nil
                noteDoubt(check, turn)
            }
        }
    }
}
