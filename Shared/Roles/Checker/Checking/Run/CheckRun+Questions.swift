import Catalogs
import CheckPlanning
import CheckStates
import Mirrors

// Questions and answers.
extension CheckRun {
    /// Asks questions as long as the transport has room, a few of each access point at a time.
    func handOut() {
        var idleCount = 0
        while idleCount < active.count {
            lastPosition = lastPosition + 1 < active.count ? lastPosition + 1 : 0
            idleCount = askSome(active[lastPosition]) ? 0 : idleCount + 1
        }
    }

    /// Asks the next questions of the access point, and returns whether there were any and room for
    /// them.
    private func askSome(_ check: AccessPointCheck) -> Bool {
        guard let turn = check.stage.askingTurn, !turn.isDone, hasLease(turn)
        else { return false }
        let room = min(
            transport.room(at: check.number),
            Self.questionsInARow,
            trialRoom(check)
        )
        guard room > 0 else { return false }
        let plannedQuestions = turn.choose(room, now: clock.now)
        for planned in plannedQuestions {
            var question = question(planned, of: check)
            question.tag = turn.questions.add(planned, generation: policy.generation)
            check.underWayCount += 1
            transport.ask(question)
        }
        return !plannedQuestions.isEmpty
    }

    /// How many questions of an access point are asked before those of another.
    private static let questionsInARow = 16

    private func question(_ planned: PlannedQuestion, of check: AccessPointCheck) -> Question {
        let catalog = policy.catalog
        let addressCount = planned.address == nil ? 1 : transport.addressCount(at: check.number)
        var question = Question(
            accessPoint: check.number,
            subject: .impossibleName,
            path: [],
            isDirectory: false,
            isAlone: planned.isAlone,
            address: addressCount > 1 ? planned.address.map { $0 % addressCount } : nil
        )
        switch planned.subject {
        case .file(let file):
            question.subject = .file(file)
            if planned.wantsContent {
                // One known digest of the file suffices.
                question.algorithm = catalog.digests(of: file).algorithms.first
                question.byteCount = catalog.byteCount(of: file) ?? 0
            }
            question.path = catalog.pathBytes(of: file)
            question.isDirectory = catalog.leadsToDirectory(file)
        case .folder(let file):
            question.subject = .listing
            question.path = policy.folderPath(of: file)
            question.isDirectory = true
        case .impossibleName(let file):
            question.path = policy.impossibleName(beside: file, number: random.next())
        }
        return question
    }

    func take(_ answer: Answer) {
        guard let check = check(answer.accessPoint)
        else { return }
        switch answer.subject {
        case .base, .knownFile, .sample: return  // An answer to a probe that was not waited for.
        case .file, .impossibleName, .listing: check.underWayCount -= 1
        }
        // If the lease was lost in the meantime, the file remains due.
        guard let turn = check.stage.turn,
            let (planned, generation) = turn.questions.remove(answer)
        else { return }
        if case .notAsked = answer.reply { return turn.giveBack(planned) }
        if isOvertaken(planned, generation) { return turn.giveBack(planned) }
        if case .file = answer.subject {
            check.askedCount += 1
            hosts[check.host].answerCount += 1
        }
        let isSuccess = tally(answer.reply, planned, of: check)
        let (elapsed, now) = clock.reading
        let isForeseen = turn.take(
            planned,
            FileAnswer(
                answer.reply,
                modified: answer.modified,
                digests: answer.digests,
                isOfContent: planned.wantsContent
            ),
            policy,
            at: elapsed,
            now: now
        )
        if !isForeseen { send(.end(.loading), to: check) }
        note(answer.reply, of: check)
        if !isSuccess { leaveWhereRefused(check) }
    }

    /// Whether the file changed after the question, so that the answer may be about the old
    /// version.
    private func isOvertaken(_ planned: PlannedQuestion, _ generation: UInt32) -> Bool {
        guard case .file(let file) = planned.subject else { return false }
        return policy.catalog.changedIn(file) > generation
    }

    /// Skips an access point that gave no answer several times in a row.
    private func note(_ reply: Reply, of check: AccessPointCheck) {
        guard case .failed(let reason, _) = reply else {
            check.failuresInARow = 0
            check.lastFailure = nil
            return
        }
        check.failuresInARow += 1
        check.lastFailure = reason
        if check.failuresInARow >= CheckSettings.failuresUntilRest {
            send(.end(.resting(reason: reason)), to: check)
        }
    }
}
