import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import Time

/// The data of an access point while the run has its lease: from ``Stage/Event/opened(_:)`` until
/// the lease is released or lost.
///
/// The agenda usually suffices: a few questions with predicted answers. If not, the state is in
/// memory, as the policy's ``Visit``.
final class Turn {
    /// The lease for this access point.
    let lease: Lease
    /// When the lease was taken or last renewed, in seconds of the run.
    var leaseRenewedAt: Double
    /// When the turn began, in seconds of the run.
    let beganAt: Double
    /// When others may have a turn, in seconds of the run.
    var endsAt: Double
    /// The least urgent kind of question that is asked until then.
    var least = Urgency.routine

    /// What is asked as long as the answers match the predictions.
    private(set) var agenda: CheckStateStore.LoadedAgenda
    /// The state; nil as long as the agenda suffices.
    private(set) var visit: Visit? { didSet { visitUrgency = nil } }
    /// What the visit last said is due, and when: a question for several hundred turns at a time,
    /// which copies the visit.
    private var visitUrgency: (urgency: Urgency?, now: Timestamp)?
    /// The version of the state in storage; nil until it was read.
    private(set) var stateCondition: WriteCondition?
    /// Answers that the agenda did not predict, kept until the state is read.
    private(set) var surprises: [(planned: PlannedQuestion, answer: FileAnswer, at: Timestamp)] = []

    /// Questions that were chosen but not asked yet, in reverse order.
    private var backlog: [PlannedQuestion] = []
    var questions = OpenQuestions()
    /// Whether an answer told something.
    private(set) var hasLearnt = false
    /// Whether the last attempt found no question to choose.
    private(set) var isExhausted = false

    /// Unsaved changes, and those that a job is storing.
    private(set) var unsaved = Unsaved()
    private(set) var storing = Unsaved()
    /// The visit's doubt revision when its doubt was last looked at.
    var seenDoubtRevision: Int?

    /// Judged answers that are only in memory.
    struct Unsaved {
        /// When the first of them came, in seconds of the run; nil if there are none.
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

    /// Continues with the state, which takes the unpredicted answers.
    func open(_ state: OpenedState, at time: Double) {
        visit = state.visit
        stateCondition = state.condition
        backlog = []
        isExhausted = false
        for (planned, answer, at) in surprises { visit?.take(planned, answer, now: at) }
        noteChange(at: time, answerCount: surprises.count)
        surprises = []
    }

    // MARK: - Questions

    /// The most urgent kind of question that is due here.
    func urgency(now: Timestamp) -> Urgency? {
        guard stateCondition != nil else { return .routine }
        guard backlog.isEmpty else { return backlog.map(\.urgency).min() }
        if let visitUrgency, visitUrgency.now == now { return visitUrgency.urgency }
        let urgency = visit?.urgency(now: now)
        visitUrgency = (urgency, now)
        return urgency
    }

    /// Up to `limit` questions to ask now.
    func choose(_ limit: Int, now: Timestamp) -> [PlannedQuestion] {
        if backlog.isEmpty, !isExhausted {
            backlog = (visit?.next(limit, upTo: least, now: now) ?? agendaQuestions(now)).reversed()
            isExhausted = backlog.isEmpty
        }
        var chosen: [PlannedQuestion] = []
        chosen.reserveCapacity(min(limit, backlog.count))
        while chosen.count < limit, let planned = backlog.last {
            if planned.isAboutFolder {
                guard !questions.hasFolder, !chosen.contains(where: \.isAboutFolder) else { break }
            }
            chosen.append(planned)
            backlog.removeLast()
        }
        return chosen
    }

    private var isAgendaAsked = false

    private func agendaQuestions(_ now: Timestamp) -> [PlannedQuestion] {
        guard !isAgendaAsked else { return [] }
        isAgendaAsked = true
        return agenda.agenda?.due(now: now).map {
            PlannedQuestion(.file($0.file), urgency: .routine)
        } ?? []
    }

    /// Looks for questions again after time has passed, or when more kinds are allowed.
    func tryAgain() { isExhausted = false }

    /// Returns questions that were chosen but will not be asked in this turn.
    func dropBacklog() {
        for planned in backlog { visit?.giveBack(planned) }
        backlog = []
    }

    /// Whether all questions were asked.
    var isDone: Bool { isExhausted && backlog.isEmpty }

    // MARK: - Answers

    /// Returns a question that was not asked.
    func giveBack(_ planned: PlannedQuestion) {
        visit?.giveBack(planned)
        isExhausted = false
    }

    /// Takes an answer; false if the state is needed for it.
    func take(
        _ planned: PlannedQuestion,
        _ answer: FileAnswer,
        _ policy: CheckPolicy,
        at time: Double,
        now: Timestamp
    ) -> Bool {
        isExhausted = false
        // Comparing the visit with nil would copy it.
        if visit?.take(planned, answer, now: now) != nil {
            if case .failed = answer.reply {} else { hasLearnt = true }
            noteChange(at: time, answerCount: 1)
            return true
        }
        guard case .file(let file) = planned.subject,
            let verdict = agenda.agenda?.take(file, answer, policy, now: now)
        else { return true }
        switch verdict {
        case .nothing: return true
        case .agrees:
            hasLearnt = true
            noteChange(at: time, answerCount: 1)
            return true
        case .surprise:
            surprises.append((planned, answer, now))
            return false
        }
    }

    /// Changes the state for another reason than an answer.
    func change(at time: Double, _ change: (inout Visit) -> Void) {
        guard visit != nil else { return }
        if var visit = visit.take() {
            change(&visit)
            self.visit = visit
        }
        isExhausted = false
        noteChange(at: time)
    }

    /// Remembers the strategy for asking the host, for the next run.
    func note(_ strategy: AskingStrategy, now: Timestamp) {
        visit?.note(strategy, now: now)
    }

    // MARK: - Storing

    private func noteChange(at time: Double, answerCount: Int = 0) {
        unsaved.since = unsaved.since ?? time
        unsaved.answerCount += answerCount
    }

    /// When the oldest change came that may not be stored; nil if all are stored.
    var unsavedSince: Double? { storing.since ?? unsaved.since }

    /// The number of answers that are lost if nothing more is stored.
    var unsavedAnswerCount: Int {
        storing.answerCount + unsaved.answerCount + surprises.count
    }

    /// A job takes the unsaved changes.
    func beginStoring() {
        storing = unsaved
        unsaved = Unsaved()
    }

    /// The job has stored them.
    func endStoring(_ stored: StoredTurn) {
        storing = Unsaved()
        if let condition = stored.stateCondition { stateCondition = condition }
        if let agenda = stored.agenda { self.agenda.condition = agenda.condition }
    }

    /// The job failed: its changes remain to be stored.
    func failStoring() {
        unsaved.since = storing.since ?? unsaved.since
        unsaved.answerCount += storing.answerCount
        storing = Unsaved()
    }

    /// Whether the remaining questions were not urgent enough; they are known now, and wait until
    /// they may be asked.
    private(set) var isCurtailed = false

    /// Ends the visit; the next one begins with its agenda.
    ///
    /// Both must be stored, even if every answer already is.
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
    /// The version of the state that was written; nil if none was.
    var stateCondition: WriteCondition?
    /// The agenda that was written, with its version; nil if none was.
    var agenda: CheckStateStore.LoadedAgenda?
}

extension PlannedQuestion {
    fileprivate var isAboutFolder: Bool {
        if case .folder = subject { true } else { false }
    }
}
