package import Catalogs
package import CheckStates
import Mirrors
package import Time

/// An access point whose state is in memory: what to ask next, and what answers mean.
///
/// It is a value that knows neither clock nor network. The time comes with each call, and each
/// question comes back exactly once, by `take(_:_:now:)` or ``giveBack(_:)``. The state may be
/// stored at any time; it contains all that the next visit needs. Beginning a visit takes a few
/// passes over the columns of the state; the cost of a question does not depend on the number of
/// files.
package struct Visit: Sendable {
    package internal(set) var policy: CheckPolicy
    package internal(set) var profile: AccessPointProfile
    package internal(set) var state: CheckState
    /// Changes whenever `doubt` may have changed.
    package internal(set) var doubtRevision = 0

    let openedAt: Timestamp
    /// The generation of the catalog with which the last visit ended, or this one began; nil if
    /// it is still the newest.
    var knownGeneration: UInt32?
    var neighbourhoods: Neighbourhoods
    /// The policy's mutable files; here they can be read without its lock.
    var mutableFiles: FileSet
    /// The counts of each neighbourhood.
    var tallies: [Tally] = []
    var counts = FileCounts()
    /// Live files marked as lost.
    var lossCount = 0
    var questionedCount = 0
    var futureTimeCount = 0
    /// Files that were never asked for, except news and those presumed absent.
    package internal(set) var firstPassLeft = 0
    /// Where the first pass continues in ``CheckPolicy/newestFirst``.
    var firstPassPosition = 0

    /// Files with a pending question.
    var inFlight = FileSet()
    var doubtInFlight = 0
    /// Files in question, and those that an investigation adds.
    var doubtQueue = FileQueue()
    var newsQueue = FileQueue()
    /// Files whose content must be fetched, because other answers said nothing.
    ///
    /// They count as pending questions.
    var contentQueue: [PlannedQuestion] = []
    /// Second looks and other files that should not wait.
    var suspicions = DueTimes()
    /// Confirmed absences, and other files that rest for a while.
    var rests = DueTimes()
    /// The samplings up to ``ServedTimes/sampledUntil``, by time.
    var plan: [Agenda.Entry] = []
    var planPosition = 0
    var planned = FileSet()
    /// Removed files that are served from here.
    var removed = Removed()
    /// Whether the listing of another access point of the mirror renews proofs.
    var isVouched = false
    /// One file of each folder to list.
    var folderQueue = FileQueue()
    var listingInFlight = 0
    /// Until when folders were listed before this visit; nil if none will be listed in it.
    var foldersSince: Timestamp?
    var batches: [Batch] = []
    /// For each generation, the index of its batch.
    var batchNumbers: [UInt32: Int] = [:]
    var nextPollAt: Timestamp?
    /// Progress in asking for all files again, at access points that list whole folders.
    var bulk: Sweep?
    /// Progress in the wider scopes of an investigation.
    var sweep: Sweep?
    var newest: NewestScan?
    /// Random files of an investigation.
    var sampled = FileSet()
    /// Files of the wider scopes of an investigation.
    var swept = FileSet()
    /// Files that were refused once in this visit, without any later answer.
    var refusedOnce: Set<FileID> = []
    /// The number of ``refusedOnce`` in each neighbourhood.
    var refusals: [Int: Int32] = [:]
    /// Neighbourhoods with almost nothing left.
    var lostNeighbourhoods: Set<Int> = []
    var guardStage = GuardStage.unasked
    var guardSilences = 0
    /// Nonexistent names to ask for in addition.
    var pendingGuards: [PlannedQuestion] = []
    /// Earlier records of files that were lost in this visit.
    var undo: [(file: FileID, record: FileJudge.Record)] = []
    /// The files that were lost recently, with times.
    var latestLosses: [Contradiction] = []
    /// Until when nothing is asked, which ends this visit; nil if it goes on.
    var shutUntil: Timestamp?
    /// The number of questions answered in this visit.
    var answerCount = 0
    var hasNews = false

    /// Begins a visit of an access point with its stored state, and with the agenda of the last
    /// visit if it belongs to that state.
    package init(
        _ policy: CheckPolicy,
        state: CheckState,
        agenda: Agenda?,
        of profile: AccessPointProfile,
        now: Timestamp
    ) {
        self.policy = policy
        self.profile = profile
        self.state = state
        openedAt = now
        neighbourhoods = policy.neighbourhoods
        mutableFiles = policy.mutableFiles
        if state.beganAt == nil { self.state.beganAt = now }
        repairTimes(now)
        takeOverVersion1(now)
        takeOver(agenda, now)
        if let agenda, agenda.generation < policy.generation {
            knownGeneration = agenda.generation
        }
        judgeClassesAnew()
        begin(now)
    }

    /// Continues with a newer catalog, which also judges pending answers.
    package mutating func adopt(_ policy: CheckPolicy, now: Timestamp) {
        guard policy.generation > self.policy.generation else { return }
        knownGeneration = knownGeneration ?? self.policy.generation
        self.policy = policy
        neighbourhoods = policy.neighbourhoods
        mutableFiles = policy.mutableFiles
        firstPassPosition = 0
        // What depends on the old order and numbers starts over; files that were answered since are
        // not asked for again.
        (newest, sweep) = (nil, nil)
        lostNeighbourhoods = []
        refusals = [:]
        for file in refusedOnce {
            if let number = neighbourhoods.number(of: file) { refusals[number, default: 0] += 1 }
        }
        begin(now)
    }

    /// Remembers the strategy that worked.
    package mutating func note(_ strategy: AskingStrategy, now: Timestamp) {
        state.note(strategy, now: now)
    }

    /// The catalog that the questions refer to.
    package var catalog: Catalog { policy.catalog }

    // MARK: - Questions

    /// The most urgent kind of question that is due now; nil if none is.
    package func urgency(now: Timestamp) -> Urgency? {
        guard shutUntil == nil else { return nil }
        let awaited = contentQueue.map(\.urgency).min()
        return [awaited, urgencyOfOthers(now)].compactMap(\.self).min()
    }

    private func urgencyOfOthers(_ now: Timestamp) -> Urgency? {
        if isGuardDue(now) || !doubtQueue.isEmpty || sweep != nil || newest?.hasMore == true {
            return .doubt
        }
        if !newsQueue.isEmpty || nextPollAt.map({ $0 <= now }) ?? false { return .news }
        if suspicions.firstDueAt.map({ $0 <= now }) ?? false { return .suspicion }
        if firstPassLeft > 0 { return .firstPass }
        return isRoutineDue(now) ? .routine : nil
    }

    /// When something is due again; in the distant past if something is due already.
    package var nextDueAt: Timestamp {
        if let shutUntil { return shutUntil }
        if !doubtQueue.isEmpty || sweep != nil || newest?.hasMore == true || !newsQueue.isEmpty
            || firstPassLeft > 0 || !folderQueue.isEmpty || bulk != nil || !contentQueue.isEmpty
        {
            return Timestamp(secondsSinceEpoch: 0)
        }
        var due = nextPlanAt
        if let time = nextPollAt { due = min(due, time) }
        if let time = suspicions.firstDueAt { due = min(due, time) }
        if let time = rests.firstDueAt { due = min(due, profile.bundleEnd(time)) }
        if planPosition < plan.count {
            due = min(due, profile.bundleEnd(plan[planPosition].dueAt))
        }
        return due
    }

    /// Up to `limit` questions, most urgent first, none less urgent than `least`.
    ///
    /// Empty if nothing is due, and while the next question depends on pending answers.
    package mutating func next(
        _ limit: Int,
        upTo least: Urgency = .routine,
        now: Timestamp
    ) -> [PlannedQuestion] {
        guard shutUntil == nil, limit > 0 else { return [] }
        if let plannedQuestions = nextGuards(now) { return plannedQuestions }
        var plannedQuestions: [PlannedQuestion] = []
        plannedQuestions.reserveCapacity(min(limit, 16))
        takeContents(limit, upTo: least, into: &plannedQuestions)
        if plannedQuestions.count < limit { takeDoubts(limit, into: &plannedQuestions, now) }
        if least >= .news, plannedQuestions.count < limit {
            takeNews(limit, into: &plannedQuestions, now)
        }
        if least >= .suspicion, plannedQuestions.count < limit {
            takeSuspicions(limit, into: &plannedQuestions, now)
        }
        if least >= .firstPass, plannedQuestions.count < limit {
            takeFirstPass(limit, into: &plannedQuestions)
        }
        if least >= .routine, plannedQuestions.count < limit {
            takeRoutine(limit, into: &plannedQuestions, now)
        }
        return plannedQuestions
    }

    /// Records that a file is asked for.
    mutating func ask(
        _ file: FileID,
        _ urgency: Urgency,
        isAlone: Bool = false,
        address: Int? = nil,
        into plannedQuestions: inout [PlannedQuestion]
    ) {
        inFlight.insert(file)
        if urgency == .doubt { doubtInFlight += 1 }
        plannedQuestions.append(
            PlannedQuestion(.file(file), urgency: urgency, isAlone: isAlone, address: address)
        )
    }

    /// Returns a question that was not asked.
    package mutating func giveBack(_ planned: PlannedQuestion) {
        if planned.wantsContent { return contentQueue.append(planned) }
        switch planned.subject {
        case .impossibleName: pendingGuards.append(planned)
        case .folder(let file):
            listingInFlight -= 1
            folderQueue.prepend(file)
        case .file(let file):
            inFlight.remove(file)
            if guardStage.takeBack(file) { return }
            switch planned.urgency {
            case .doubt:
                doubtInFlight -= 1
                doubtQueue.prepend(file)
            case .news: newsQueue.prepend(file)
            case .firstPass:
                // A newer catalog may have changed the file meanwhile.
                if isNews(file) { newsQueue.prepend(file) } else { firstPassPosition = 0 }
            case .suspicion, .routine:
                suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 0))
            }
        }
    }

    // MARK: - Answers

    /// Takes the answer to a question, even to one about a file that this visit did not hand out.
    package mutating func take(_ planned: PlannedQuestion, _ answer: FileAnswer, now: Timestamp) {
        switch planned.subject {
        case .impossibleName: takeGuard(answer, now)
        case .folder(let file):
            listingInFlight -= 1
            if case .listed(let listing) = answer.reply {
                take(listing, ofFolderWith: file, now)
            } else {
                takeNoListing(answer.reply, now)
            }
        case .file(let file):
            if planned.urgency == .doubt, inFlight.contains(file) { doubtInFlight -= 1 }
            inFlight.remove(file)
            if !take(file, answer, now) { askForContent(of: file, planned) }
            settleInvestigation(now)
        }
    }

    /// False if only the content of the file can tell.
    private mutating func take(
        _ file: FileID,
        _ answer: FileAnswer,
        _ now: Timestamp
    ) -> Bool {
        if guardStage.isTrying(file) {
            takeTrial(file, answer, now)
            return true
        }
        guard neighbourhoods.number(of: file) != nil else {
            // It was removed, perhaps by a newer catalog.
            if let entry = removed.entries[file] { takeRemoved(entry, answer, now) }
            settleNewest(file, isThere: nil, now)
            return true
        }
        return judge(file, answer, now)
    }

    /// Updates what is known of a file, with all consequences; false if nothing is known before its
    /// content was asked for.
    @discardableResult
    mutating func judge(_ file: FileID, _ answer: FileAnswer, _ now: Timestamp) -> Bool {
        let expectation = policy.expectation(
            of: file,
            isMutable: mutableFiles.contains(file),
            isWeb: profile.isWeb
        )
        let before = record(of: file)
        var record = before
        let event = fileJudge.judge(
            &record,
            expecting: expectation,
            answer,
            isOld: now.seconds(since: policy.expectedSince(file)) > 3 * 86_400,
            now: now
        )
        if case .failed = answer.reply {} else { answerCount += 1 }
        if event == .undecided { return false }
        noteTime(of: file, answer, expecting: expectation, record.observation)
        write(record, file, replacing: before.observation, now)
        follow(event, of: file, from: before, now)
        return true
    }

    // Inlined like those in Visit+Records.swift.
    @inline(__always)
    private var fileJudge: FileJudge {
        var judge = FileJudge(
            generation: catalog.generation,
            recheckSeconds: policy.settings.recheckSeconds
        )
        judge.keepsTimes = state.timeKeeping.keepsTimes
        judge.softNotFound = state.memory.softNotFound
        judge.datesToTheMinute =
            state.doubtedAt != nil || state.memory.investigation != nil || !profile.isWeb
        if state.memory.inconsistentSince != nil {
            judge.contestProofs = PolicySettings.contestProofs.inconsistent
        }
        return judge
    }

    /// Learns whether the server preserves modification times.
    private mutating func noteTime(
        of file: FileID,
        _ answer: FileAnswer,
        expecting expectation: FileJudge.Expectation,
        _ observation: Observation
    ) {
        guard let seen = answer.modified, expectation.modified == nil,
            observation.outcome == .present, expectation.byteCount ?? 0 > 0
        else { return }
        let lag = catalog.modified(of: file).seconds(since: seen)
        // An older time may belong to an older version of a file not yet known to be mutable.
        guard lag <= FileJudge.timeTolerance else { return }
        state.timeKeeping.note(isKept: lag.magnitude <= FileJudge.timeTolerance.magnitude)
    }

    private mutating func follow(
        _ event: FileJudge.Event,
        of file: FileID,
        from before: FileJudge.Record,
        _ now: Timestamp
    ) {
        switch event {
        case .lost, .lostInDoubt, .refusedOnce:
            if undo.count < Self.undoLimit { undo.append((file, before)) }
        case .renewed, .appeared, .flapped, .unchanged, .undecided: break
        }
        countRefusal(of: file, event)
        switch event {
        case .lost, .lostInDoubt:
            if state.memory.contests[file.rawValue] != nil { updateInconsistency(now) }
        case .refusedOnce, .renewed, .appeared, .flapped, .unchanged, .undecided: break
        }
        switch event {
        case .renewed, .unchanged, .undecided: break
        case .lostInDoubt:
            // No longer in question, but still in the maps.
            latestLosses.append(Contradiction(file, at: now))
            doubtRevision += 1
            questionLinks(of: file, now)
        case .appeared: noteAppearance(of: file, now)
        case .flapped: doubtRevision += 1
        case .refusedOnce: noteRefusal(of: file, now)
        case .lost: noteLoss(of: file, now)
        }
        noteInvestigated(file, event, now)
    }

    /// Counts the files that were refused once; those that turn out missing, or there after all,
    /// are counted elsewhere.
    private mutating func countRefusal(of file: FileID, _ event: FileJudge.Event) {
        switch event {
        case .refusedOnce:
            guard refusedOnce.insert(file).inserted,
                let number = neighbourhoods.number(of: file)
            else { return }
            refusals[number, default: 0] += 1
        case .lost, .lostInDoubt, .renewed, .appeared, .flapped:
            guard !refusedOnce.isEmpty, refusedOnce.remove(file) != nil,
                let number = neighbourhoods.number(of: file), let count = refusals[number]
            else { return }
            refusals[number] = count > 1 ? count - 1 : nil
        case .unchanged, .undecided: break
        }
    }

    /// The maximum number of losses in a visit that can be undone.
    private static let undoLimit = 512
}
