import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import StateStorage

// Questions and answers.
extension CheckRun {
    /// Hands out questions as long as the transport has room, a few at a time in turns.
    func handOut() {
        var idleCount = 0
        while idleCount < active.count {
            turn = turn + 1 < active.count ? turn + 1 : 0
            idleCount = askSome(active[turn]) ? 0 : idleCount + 1
        }
    }

    /// Asks the next questions to the access point, and returns whether there were any and room for them.
    private func askSome(_ work: AccessPointWork) -> Bool {
        guard work.restReason == nil, !work.isYielding, work.position < work.queue.count,
            holdsLease(work)
        else { return false }
        let room = min(transport.room(at: work.index), Self.turnLength)
        guard room > 0 else { return false }
        switch work.softNotFoundGuard {
        case .asked:
            return false
        case .unasked:
            work.softNotFoundGuard = .asked
            work.inFlight += 1
            transport.ask(
                Question(
                    accessPoint: work.index,
                    subject: .impossibleName,
                    path: impossibleName,
                    isDirectory: false
                )
            )
        case .failed:
            return false
        case .passed:
            let ids = work.queue[work.position...].prefix(room)
            work.position = ids.endIndex
            work.inFlight += ids.count
            for id in ids {
                transport.ask(
                    Question(
                        accessPoint: work.index,
                        subject: .file(id),
                        path: catalog.pathBytes(of: id),
                        isDirectory: catalog.leadsToDirectory(id),
                        isAlone: work.phase == .recheck || work.phase == .removed
                    )
                )
            }
        }
        return true
    }

    /// How many questions an access point is given before it is another's turn.
    private static let turnLength = 16

    /// A name that no tree holds, other each time, so that nobody can prepare for it.
    private var impossibleName: ArraySlice<UInt8> {
        Array("no-such-file-\(random.next() as UInt64)".utf8)[...]
    }

    func take(_ answer: Answer) {
        guard worksByIndex.indices.contains(answer.accessPoint),
            let work = worksByIndex[answer.accessPoint]
        else { return }
        // It is still due, and so part of the next queue.
        if answer.reply == .notAsked {
            work.inFlight -= 1
            if answer.subject == .impossibleName { work.softNotFoundGuard = .unasked }
            return
        }
        switch answer.subject {
        case .file(let id): judge(id, answer, work)
        case .impossibleName: judgeGuard(answer.reply, work)
        // Of a probe that was not waited for, or a listing that this run did not ask for.
        case .base, .knownFile, .listing: return
        }
        work.inFlight -= 1
        note(answer.reply, of: work)
    }

    /// Leaves an access point alone that gave no answer several times in a row.
    private func note(_ reply: Reply, of work: AccessPointWork) {
        guard case .failed(let reason) = reply else {
            work.failuresInARow = 0
            return
        }
        work.failuresInARow += 1
        if work.failuresInARow >= CheckSettings.failuresUntilRest { work.rest(reason) }
    }

    private func judgeGuard(_ reply: Reply, _ work: AccessPointWork) {
        switch reply {
        case .answered(200, _):
            // A captive portal, or a page for everything: nothing it says is proof, nor are old proofs.
            work.softNotFoundGuard = .failed
            doubt(work, "answers 200 for a name that cannot exist")
        case .answered, .unusable, .listed:
            work.softNotFoundGuard = .passed
        case .failed, .notAsked:
            work.softNotFoundGuard = .unasked
        }
    }

    private func judge(_ id: FileID, _ answer: Answer, _ work: AccessPointWork) {
        guard let previous = work.finding(of: id) else { return }
        let (modified, byteCount) = (catalog.modified(of: id), catalog.byteCount(of: id))
        // The class decides only where the time or the length is another one, which is seldom.
        let lag = answer.modified.map { modified.seconds(since: $0) }
        let hasOtherLength =
            if case .answered(200, let seen) = answer.reply { seen != byteCount } else { false }
        let isMutable =
            (hasOtherLength || lag.map { $0 > 0 } ?? false)
            && classes.isMutable(catalog.pathBytes(of: id))
        let finding = judge.finding(
            after: previous,
            expecting: Judge.Expectation(
                byteCount: byteCount,
                changedIn: catalog.changedIn(id),
                modified: isMutable ? modified : nil,
                previous: isMutable ? catalog.previousVersion(of: id) : nil
            ),
            Judge.Testimony(
                answer.reply,
                modified: answer.modified,
                keepsTimes: work.loaded?.state.timeKeeping.keepsTimes
            ),
            now: clock.now
        )
        if let lag, !isMutable, finding.observation.outcome == .present,
            byteCount ?? 0 > 0
        {
            work.loaded?.state.timeKeeping.note(
                isKept: lag.magnitude <= Judge.timeTolerance.magnitude
            )
        }
        work.askedCount += 1
        if work.dirtySince == nil { work.dirtySince = clock.elapsed }
        if order.isSettled(by: finding.observation) { work.settled.insert(id) }
        work.store(finding, of: id)
    }
}
