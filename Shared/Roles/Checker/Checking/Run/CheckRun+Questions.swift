import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import StateStorage
import Time

// Questions and answers.
extension CheckRun {
    /// Hands out questions as long as the transport has room, a few at a time in turns.
    func handOut() {
        var idleCount = 0
        while idleCount < active.count {
            nextPosition = nextPosition + 1 < active.count ? nextPosition + 1 : 0
            idleCount = askSome(active[nextPosition]) ? 0 : idleCount + 1
        }
    }

    /// Asks the next questions to the access point, and returns whether there were any and room for them.
    private func askSome(_ check: AccessPointCheck) -> Bool {
        guard let turn = check.stage.askingTurn, turn.leftCount > 0, holdsLease(turn)
        else { return false }
        let room = min(transport.room(at: check.index), Self.questionsInARow)
        guard room > 0 else { return false }
        switch turn.softNotFoundGuard {
        case .asked:
            return false
        case .unasked:
            turn.softNotFoundGuard = .asked
            note(asking: 1, check, turn)
            transport.ask(
                Question(
                    accessPoint: check.index,
                    subject: .impossibleName,
                    path: impossibleName(),
                    isDirectory: false
                )
            )
        case .passed:
            let (catalog, ids) = (edition.catalog, turn.takeNext(room))
            note(asking: ids.count, check, turn)
            for id in ids {
                transport.ask(
                    Question(
                        accessPoint: check.index,
                        subject: .file(id),
                        path: catalog.pathBytes(of: id),
                        isDirectory: catalog.leadsToDirectory(id),
                        isAlone: turn.phase == .recheck || turn.phase == .removed
                    )
                )
            }
        }
        return true
    }

    private func note(asking count: Int, _ check: AccessPointCheck, _ turn: Turn) {
        if check.underWayCount == 0 { turn.askedInGeneration = edition.catalog.generation }
        check.underWayCount += count
    }

    /// How many questions an access point is given before it is another's turn.
    private static let questionsInARow = 16

    /// A name that no tree holds, other each time, so that nobody can prepare for it.
    private func impossibleName() -> ArraySlice<UInt8> {
        Array("no-such-file-\(random.next() as UInt64)".utf8)[...]
    }

    func take(_ answer: Answer) {
        guard checksByIndex.indices.contains(answer.accessPoint),
            let check = checksByIndex[answer.accessPoint]
        else { return }
        switch answer.subject {
        // Of a probe that was not waited for, or a listing that this run did not ask for.
        case .base, .knownFile, .listing: return
        case .file, .impossibleName: check.underWayCount -= 1
        }
        // Where the lease was lost meanwhile, the file is still due.
        guard let turn = check.stage.turn else { return }
        // So it is where the question was not put: it is part of the next queue.
        if answer.reply == .notAsked {
            if answer.subject == .impossibleName { turn.softNotFoundGuard = .unasked }
            return
        }
        switch answer.subject {
        case .file(let id): judge(id, answer, check, turn)
        case .impossibleName: judgeGuard(answer.reply, check, turn)
        case .base, .knownFile, .listing: return
        }
        note(answer.reply, of: check)
    }

    /// Leaves an access point alone that gave no answer several times in a row.
    private func note(_ reply: Reply, of check: AccessPointCheck) {
        guard case .failed(let reason, _) = reply else {
            check.failuresInARow = 0
            return
        }
        check.failuresInARow += 1
        if check.failuresInARow >= CheckSettings.failuresUntilRest {
            send(.end(.resting(reason: reason)), to: check)
        }
    }

    private func judgeGuard(_ reply: Reply, _ check: AccessPointCheck, _ turn: Turn) {
        switch reply {
        case .answered(200, _):
            // A captive portal, or a page for everything: nothing it says is proof, nor are old proofs.
            doubt(check, turn, "answers 200 for a name that cannot exist")
        case .answered, .unusable, .listed:
            turn.softNotFoundGuard = .passed
        case .failed, .notAsked:
            turn.softNotFoundGuard = .unasked
        }
    }

    private func judge(_ id: FileID, _ answer: Answer, _ check: AccessPointCheck, _ turn: Turn) {
        let catalog = edition.catalog
        // It may be about what the file was before: it is asked for anew.
        guard catalog.changedIn(id) <= turn.askedInGeneration else { return }
        let (modified, byteCount) = (catalog.modified(of: id), catalog.byteCount(of: id))
        // The class decides only where the time or the length is another one, which is seldom.
        let lag = answer.modified.map { modified.seconds(since: $0) }
        let hasOtherLength =
            if case .answered(200, let seen) = answer.reply { seen != byteCount } else { false }
        let isMutable =
            (hasOtherLength || lag.map { $0 > 0 } ?? false)
            && classes.isMutable(catalog.pathBytes(of: id))
        let finding = edition.judge.finding(
            after: turn.finding(of: id),
            expecting: Judge.Expectation(
                byteCount: byteCount,
                changedIn: catalog.changedIn(id),
                modified: isMutable ? modified : nil,
                previous: isMutable ? catalog.previousVersion(of: id) : nil
            ),
            Judge.Testimony(
                answer.reply,
                modified: answer.modified,
                keepsTimes: turn.loaded.state.timeKeeping.keepsTimes
            ),
            now: clock.now
        )
        if let lag, !isMutable, finding.observation.outcome == .present,
            byteCount ?? 0 > 0
        {
            turn.loaded.state.timeKeeping.note(
                isKept: lag.magnitude <= Judge.timeTolerance.magnitude
            )
        }
        check.askedCount += 1
        turn.noteChange(at: clock.elapsed, answerCount: 1)
        if edition.order.isSettled(by: finding.observation) { check.settled.insert(id) }
        turn.store(finding, of: id)
    }
}
