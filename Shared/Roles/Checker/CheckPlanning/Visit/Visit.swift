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
    var totals = Totals()

    /// Files with a pending question.
    var inFlight = FileSet()
    var guards = Guards()
    /// Files whose content must be fetched, because other answers said nothing.
    ///
    /// They count as pending questions.
    var contentQueue: [PlannedQuestion] = []
    var search = Search()
    var news = News()
    /// Second looks and other files that should not wait.
    var suspicions = DueTimes()
    /// Where the first pass continues in ``CheckPolicy/newestFirst``.
    var firstPassPosition = 0
    var plan = Plan()
    /// Confirmed absences, and other files that rest for a while.
    var rests = DueTimes()
    /// Progress in asking for all files again, at access points that list whole folders.
    var bulk: Sweep?
    var folders = Folders()
    /// Removed files that are served from here.
    var removed = Removed()

    var refusals = Refusals()
    /// The files that were lost recently, with times.
    var latestLosses: [Contradiction] = []
    /// Until when nothing is asked, which ends this visit; nil if it goes on.
    var shutUntil: Timestamp?

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
        search.endScans()
        search.lostNeighbourhoods = []
        refusals.renumber(by: neighbourhoods)
        begin(now)
    }

    /// Remembers the strategy that worked.
    package mutating func note(_ strategy: AskingStrategy, now: Timestamp) {
        state.note(strategy, now: now)
    }

    /// The catalog that the questions refer to.
    package var catalog: Catalog { policy.catalog }

    /// Files that were never asked for, except news and those presumed absent.
    package var firstPassLeft: Int { totals.firstPassLeft }

    /// The most urgent kind of question that is due now; nil if none is.
    package func urgency(now: Timestamp) -> Urgency? {
        guard shutUntil == nil else { return nil }
        let awaited = contentQueue.map(\.urgency).min()
        return [awaited, urgencyOfOthers(now)].compactMap(\.self).min()
    }

    private func urgencyOfOthers(_ now: Timestamp) -> Urgency? {
        if isGuardDue(now) || search.hasMore { return .doubt }
        if !news.queue.isEmpty || news.nextPollAt.map({ $0 <= now }) ?? false { return .news }
        if suspicions.firstDueAt.map({ $0 <= now }) ?? false { return .suspicion }
        if totals.firstPassLeft > 0 { return .firstPass }
        return isRoutineDue(now) ? .routine : nil
    }

    /// When something is due again; in the distant past if something is due already.
    package var nextDueAt: Timestamp {
        if let shutUntil { return shutUntil }
        if search.hasMore || !news.queue.isEmpty || totals.firstPassLeft > 0
            || !folders.queue.isEmpty || bulk != nil || !contentQueue.isEmpty
        {
            return Timestamp(secondsSinceEpoch: 0)
        }
        var due = nextPlanAt
        if let time = news.nextPollAt { due = min(due, time) }
        if let time = suspicions.firstDueAt { due = min(due, time) }
        if let time = rests.firstDueAt { due = min(due, profile.bundleEnd(time)) }
        if let time = plan.nextDueAt { due = min(due, profile.bundleEnd(time)) }
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
        if urgency == .doubt { search.inFlightCount += 1 }
        plannedQuestions.append(
            PlannedQuestion(.file(file), urgency: urgency, isAlone: isAlone, address: address)
        )
    }

    /// Returns a question that was not asked.
    package mutating func giveBack(_ planned: PlannedQuestion) {
        if planned.wantsContent { return contentQueue.append(planned) }
        switch planned.subject {
        case .impossibleName: guards.pending.append(planned)
        case .folder(let file):
            folders.inFlightCount -= 1
            folders.queue.prepend(file)
        case .file(let file):
            inFlight.remove(file)
            if guards.stage.takeBack(file) { return }
            switch planned.urgency {
            case .doubt:
                search.inFlightCount -= 1
                search.queue.prepend(file)
            case .news: news.queue.prepend(file)
            case .firstPass:
                // A newer catalog may have changed the file meanwhile.
                if isNews(file) { news.queue.prepend(file) } else { firstPassPosition = 0 }
            case .suspicion, .routine:
                suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 0))
            }
        }
    }
}
