import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import Time

/// What there is of an access point while its lease is held: from ``Stage/Event/opened(_:)`` until
/// the lease is let go or lost.
///
/// Mostly the agenda is enough: a few questions whose answers are foreseen. Where it is not, the
/// state is in memory, as the policy's ``Visit``.
final class Turn {
    /// The right to ask here.
    let lease: Lease
    /// When the lease was taken or last renewed, in seconds of the run.
    var leaseRenewedAt: Double
    /// When the turn began, in seconds of the run.
    let beganAt: Double
    /// When others may have their turn, in seconds of the run.
    var endsAt: Double
    /// The least urgent kind of question that is asked until then.
    var least = Urgency.routine

    /// What is asked as long as answers are those that are foreseen.
    private(set) var agenda: CheckStateStore.LoadedAgenda
    /// The state, where the agenda is not enough; nil while it is.
    private(set) var visit: Visit?
    /// The version of the state in storage; nil while it was not read.
    private(set) var stateCondition: WriteCondition?
    /// Answers that the agenda did not foresee, for the state when it is there.
    private(set) var surprises: [(asking: Asking, testimony: Testimony, at: Timestamp)] = []

    /// Questions that were chosen and not asked yet, next one last.
    private var backlog: [Asking] = []
    var questions = OpenQuestions()
    /// There was no question to choose when it was last tried.
    private(set) var isExhausted = false

    /// What no storage holds yet, and what a job is storing.
    private(set) var unsaved = Unsaved()
    private(set) var storing = Unsaved()
    /// The doubt revision of the visit when its doubt was last looked at.
    var seenDoubtRevision: Int?

    /// Answers that were judged and are in memory only.
    struct Unsaved {
        /// When the first of them came, in seconds of the run; nil where there are none.
        var since: Double?
        var answerCount = 0
    }

    init(
        lease: Lease,
        agenda: CheckStateStore.LoadedAgenda,
        askedAt: Double,
        now: Double
    ) {
        self.lease = lease
        self.agenda = agenda
        leaseRenewedAt = askedAt
        beganAt = now
        endsAt = now
    }

    /// Goes on with the state, which takes what the agenda did not foresee.
    func open(_ state: OpenedState, at time: Double) {
        visit = state.visit
        stateCondition = state.condition
        backlog = []
        isExhausted = false
        for (asking, testimony, at) in surprises { visit?.take(asking, testimony, now: at) }
        noteChange(at: time, answerCount: surprises.count)
        surprises = []
    }

    // MARK: - Questions

    /// The most urgent kind of question that is due here.
    func urgency(now: Timestamp) -> Urgency? {
        guard let visit else { return .routine }
        return backlog.isEmpty ? visit.urgency(now: now) : backlog.map(\.urgency).min()
    }

    /// Up to `limit` questions to ask now.
    func choose(_ limit: Int, now: Timestamp) -> [Asking] {
        if backlog.isEmpty, !isExhausted {
            backlog = (visit?.next(limit, upTo: least, now: now) ?? agendaQuestions(now)).reversed()
            isExhausted = backlog.isEmpty
        }
        var chosen: [Asking] = []
        while chosen.count < limit, let asking = backlog.last {
            if asking.isAboutFolder {
                guard !questions.hasFolder, !chosen.contains(where: \.isAboutFolder) else { break }
            }
            chosen.append(asking)
            backlog.removeLast()
        }
        return chosen
    }

    private var isAgendaAsked = false

    private func agendaQuestions(_ now: Timestamp) -> [Asking] {
        guard !isAgendaAsked else { return [] }
        isAgendaAsked = true
        return agenda.agenda?.due(now: now).map { Asking(.file($0.file), urgency: .routine) } ?? []
    }

    /// Looks for questions again: time has passed, or more kinds are allowed.
    func tryAgain() { isExhausted = false }

    /// Takes back questions that were chosen and are not asked in this turn.
    func dropBacklog() {
        for asking in backlog { visit?.giveBack(asking) }
        backlog = []
    }

    /// Whether everything was asked that there was to ask.
    var isDone: Bool { isExhausted && backlog.isEmpty }

    // MARK: - Answers

    /// Takes back a question that was not put.
    func giveBack(_ asking: Asking) {
        visit?.giveBack(asking)
        isExhausted = false
    }

    /// Takes an answer; false where the state has to be opened for it.
    func take(
        _ asking: Asking,
        _ testimony: Testimony,
        _ policy: CheckPolicy,
        at time: Double,
        now: Timestamp
    ) -> Bool {
        isExhausted = false
        guard visit == nil else {
            visit?.take(asking, testimony, now: now)
            noteChange(at: time, answerCount: 1)
            return true
        }
        guard case .file(let file) = asking.subject,
            let verdict = agenda.agenda?.take(file, testimony, policy, now: now)
        else { return true }
        switch verdict {
        case .nothing: return true
        case .agrees:
            noteChange(at: time, answerCount: 1)
            return true
        case .surprise:
            surprises.append((asking, testimony, now))
            return false
        }
    }

    /// Has the state change by something else than an answer.
    func change(at time: Double, _ change: (inout Visit) -> Void) {
        guard visit != nil else { return }
        if var visit = visit.take() {
            change(&visit)
            self.visit = visit
        }
        isExhausted = false
        noteChange(at: time)
    }

    /// Keeps the way in which the host was asked for the next run.
    func note(_ strategy: AskingStrategy, now: Timestamp) {
        visit?.note(strategy, now: now)
    }

    // MARK: - Storing

    private func noteChange(at time: Double, answerCount: Int = 0) {
        unsaved.since = unsaved.since ?? time
        unsaved.answerCount += answerCount
    }

    /// When the oldest change came that no storage holds for certain; nil where all are stored.
    var unsavedSince: Double? { storing.since ?? unsaved.since }

    /// The answers that are lost where nothing more is stored.
    var unsavedAnswerCount: Int {
        storing.answerCount + unsaved.answerCount + surprises.count
    }

    /// A job takes over what is unsaved.
    func beginStoring() {
        storing = unsaved
        unsaved = Unsaved()
    }

    /// The job has stored it.
    func endStoring(_ stored: StoredTurn) {
        storing = Unsaved()
        if let condition = stored.stateCondition { stateCondition = condition }
        if let agenda = stored.agenda { self.agenda.condition = agenda.condition }
    }

    /// The job failed: its changes still have to be stored.
    func failStoring() {
        unsaved.since = storing.since ?? unsaved.since
        unsaved.answerCount += storing.answerCount
        storing = Unsaved()
    }

    /// What there is to ask was too little urgent; it is known by now, and waits until it may be
    /// asked.
    private(set) var isCurtailed = false

    /// Settles the visit; the agenda is what the next one begins with.
    ///
    /// Both are to be stored, though every answer may be stored already.
    func close(at time: Double, now: Timestamp) {
        guard var visit = visit.take() else { return }
        isCurtailed = visit.urgency(now: now).map { $0 > least } ?? false
        agenda.agenda = visit.close(now: now)
        self.visit = visit
        noteChange(at: time)
    }
}

/// A state that a job has read.
struct OpenedState: Sendable {
    var visit: Visit
    var condition: WriteCondition
}

/// What a job has stored of a turn.
struct StoredTurn: Sendable {
    /// The version of the state that was written; nil where none was.
    var stateCondition: WriteCondition?
    /// The agenda that was written, and its version; nil where none was.
    var agenda: CheckStateStore.LoadedAgenda?
}

extension Asking {
    fileprivate var isAboutFolder: Bool {
        if case .folder = subject { true } else { false }
    }
}
