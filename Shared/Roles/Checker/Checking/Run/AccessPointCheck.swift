import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import RunRecords
import Time

/// An access point in a run: its stage, and what is kept between turns.
final class AccessPointCheck {
    /// Its number in the transport.
    let number: AccessPointNumber
    let accessPoint: AccessPoint
    /// The number of its host in ``CheckRun/hosts``.
    let host: Int
    let profile: AccessPointProfile
    /// Access points whose proofs may renew those of this one.
    let relatives: [CheckRun.Relative]
    let isSuspect: Bool
    /// Changed only by ``CheckRun/send(_:to:)``.
    var stage: Stage

    /// What to ask next, and when; nil if there is none, or before it was read.
    var agenda: Agenda? {
        didSet {
            visitAt = agenda?.nextVisitAt(profile)
            unknownCount = agenda.map { $0.urgency == .firstPass ? $0.counts.unknown : 0 }
            outlook = agenda.flatMap { $0.baseURL == accessPoint.baseURL ? $0.outlook : nil }
        }
    }
    /// When the agenda has something to do.
    private(set) var visitAt: Timestamp?
    /// What the agenda says of coming turns; nil if it belongs to another URL.
    ///
    /// It is read for every access point at each turn, so nothing is copied for that.
    private var outlook: Agenda.Outlook?
    /// How many files its first pass has left, by the agenda, at most; nil if there is no agenda.
    private var unknownCount: Int?
    /// The earliest next turn, in seconds of the run, so that one with nothing to ask does not
    /// spin.
    var turnNotBefore = 0.0
    /// Whether its last turn learnt something, so that what is due now is not what that turn could
    /// not do either.
    var hasLearnt = false
    /// What others found out about it that its state does not know yet.
    var outsideFindings: OutsideFindings?
    /// Until when the findings of others were taken into account.
    var heardUntil: Timestamp?
    /// Its doubt as last published; nil before the first time.
    var knownDoubt: AccessPointDoubt??

    /// The number of pending questions; they outlive a turn whose lease was lost.
    var underWayCount = 0
    /// How many times in a row there was no answer, with the latest reason.
    var failuresInARow = 0
    var lastFailure: String?

    /// Its answers about files.
    var answers = AnswerTally()
    /// It refused everything in the previous run, and has not yet shown that this has changed.
    var isOnTrial: Bool

    /// The state of its files, if this run checked them.
    var summary: CheckSummary?
    /// The number of answered questions about files.
    var askedCount = 0
    /// How many of these answers were lost, because they could not be stored.
    var unstoredCount = 0
    /// The time spent on it in turns that are over, in seconds.
    var workedSeconds = 0.0

    init(_ target: CheckRun.Target, host: Int) {
        number = target.number
        self.host = host
        accessPoint = target.profile.accessPoint
        profile = target.profile
        relatives = target.relatives
        isSuspect = target.isSuspect
        isOnTrial = target.wasRefused
        stage = .new(target.restReason.map { .resting(reason: $0) } ?? .waiting)
    }

    /// Whether a visit under that policy needs the state.
    func needsState(_ policy: CheckPolicy, now: Timestamp) -> Bool {
        guard let outlook, outsideFindings == nil else { return true }
        return outlook.mustOpen(policy, now: now)
    }

    /// The most urgent kind of question that is due, as far as known; nil if none is.
    func urgency(_ policy: CheckPolicy, now: Timestamp) -> Urgency? {
        // The most frequent one first, without a look at what the others carry.
        if case .waiting = stage { return urgencyAtRest(policy, now: now) }
        guard stage.restReason == nil, !stage.isUnread else { return nil }
        if let turn = stage.turn { return turn.urgency(now: now) }
        return urgencyAtRest(policy, now: now)
    }

    private func urgencyAtRest(_ policy: CheckPolicy, now: Timestamp) -> Urgency? {
        if outsideFindings != nil { return .doubt }
        guard let outlook else { return .firstPass }
        if outlook.generation < policy.generation { return .news }
        if outlook.mustOpen(policy, now: now) { return outlook.urgency }
        return visitAt.map { $0 <= now } ?? true ? .routine : nil
    }

    /// What an operator should know of it; nil without a problem.
    var problem: String? { stage.problem ?? lastFailure ?? summary?.doubtReason?.text }

    /// The number of questions due now, as far as they are counted.
    var leftCount: Int { stage.turn?.visit?.leftCount ?? summary?.leftCount ?? 0 }

    /// How many files its first pass has left to ask for, at most.
    func firstPassLeft(_ policy: CheckPolicy) -> Int {
        guard stage.restReason == nil, !stage.isUnread else { return 0 }
        if let left = stage.turn?.visit?.firstPassLeft { return left }
        return outlook == nil ? policy.catalog.count : unknownCount ?? 0
    }

    /// Whether nothing is known of it, and it had no turn in this run either.
    var isUntried: Bool { agenda == nil && workedSeconds == 0 && stage.turn == nil }
}
