import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import RunRecords
import Time

/// One access point in a run: its stage, and what is kept of it between turns.
final class AccessPointCheck {
    /// Its number in the transport.
    let number: AccessPointNumber
    let accessPoint: AccessPoint
    let profile: AccessPointProfile
    /// Access points whose proofs may renew those of this one.
    let relatives: [CheckRun.Relative]
    /// Changed by ``CheckRun/send(_:to:)`` alone.
    var stage: Stage

    /// What it is to be asked next, and when; nil where there is none, and before it was read.
    var agenda: Agenda? {
        didSet {
            visitAt = agenda?.nextVisitAt(profile)
            outlook = agenda.flatMap { $0.baseURL == accessPoint.baseURL ? $0.outlook : nil }
        }
    }
    /// When the agenda has something to do.
    private(set) var visitAt: Timestamp?
    /// What the agenda tells of turns to come; nil where it is none of this URL.
    ///
    /// Everybody's is looked at for each turn, so nothing is copied for that.
    private var outlook: Agenda.Outlook?
    /// When it may have a turn again, in seconds of the run: what has nothing to ask does not spin.
    var turnNotBefore = 0.0
    /// What others found out about it and its state does not know yet.
    var hearsay: Hearsay?
    /// Until when everything that others found out was taken note of.
    var heardUntil: Timestamp?
    /// Its doubt as last published; nil before the first look.
    var knownDoubt: AccessPointDoubt??

    /// The questions that were asked and not answered; they outlive a turn whose lease was lost.
    var underWayCount = 0
    /// How many times in a row there was no answer, and why the last time.
    var failuresInARow = 0
    var lastFailure: String?

    /// Its answers about files.
    var answers = AnswerTally()
    /// It refused everything in the run before, and has not shown yet that this has changed.
    var isOnTrial: Bool

    /// The state of its files, as far as this run checked.
    var summary: CheckSummary?
    /// The questions about files that were answered.
    var askedCount = 0
    /// Of these answers those that were lost, because they could not be stored.
    var lostCount = 0
    /// For how long it was at work in turns that are over, in seconds.
    var workedSeconds = 0.0

    init(_ target: CheckRun.Target) {
        number = target.number
        accessPoint = target.profile.accessPoint
        profile = target.profile
        relatives = target.relatives
        isOnTrial = target.wasRefused
        stage = .new(target.restReason.map { .resting(reason: $0) } ?? .waiting)
    }

    /// Whether a visit by that policy needs the state.
    func needsState(_ policy: CheckPolicy, now: Timestamp) -> Bool {
        guard let outlook, hearsay == nil else { return true }
        return outlook.mustOpen(policy, now: now)
    }

    /// The most urgent kind of question that is due, as far as that is known; nil where none is.
    func urgency(_ policy: CheckPolicy, now: Timestamp) -> Urgency? {
        guard stage.restReason == nil, !stage.isUnread else { return nil }
        if let turn = stage.turn { return turn.urgency(now: now) }
        if hearsay != nil { return .doubt }
        guard let outlook else { return .firstPass }
        if outlook.generation < policy.generation { return .news }
        if outlook.mustOpen(policy, now: now) { return outlook.urgency }
        return visitAt.map { $0 <= now } ?? true ? .routine : nil
    }

    /// What an operator should know of it; nil where all is well.
    var problem: String? { stage.problem ?? lastFailure ?? summary?.doubtReason?.text }

    /// The questions that are due now, as far as they are counted.
    var leftCount: Int { stage.turn?.visit?.leftCount ?? summary?.leftCount ?? 0 }
}
