import Catalogs
import CheckStates
import Mirrors
import StateStorage

/// One access point in a run: its stage, and what is kept of it between turns.
final class AccessPointCheck {
    /// Its number in the transport.
    let index: Int
    let accessPoint: AccessPoint
    /// The rsync access point whose listing may renew the proofs of this one; nil where none may.
    let voucher: AccessPoint?
    /// Changed by ``CheckRun/send(_:to:)`` alone.
    var stage: Stage

    /// What the state came to when it was last counted; nil before.
    var survey: Survey?
    /// The state between turns, where there is room for it.
    var kept: CheckStateStore.Loaded?
    /// The files that the run is done with here.
    var settled = FileSet()
    /// The questions that were asked and not answered; they outlive a turn whose lease was lost.
    var underWayCount = 0
    /// How many times in a row there was no answer.
    var failuresInARow = 0

    /// The questions about files that were answered.
    var askedCount = 0
    /// Of these answers those that were lost, because they could not be stored.
    var lostCount = 0
    /// The files whose proof was renewed by the listing of ``voucher``.
    var vouchedCount = 0
    /// What showed that this listing is not to be believed; nil where nothing did.
    var contradiction: String?
    /// For how long it was at work in turns that are over, in seconds.
    var workedSeconds = 0.0

    init(_ target: CheckRun.Target) {
        index = target.index
        accessPoint = target.accessPoint
        voucher = target.voucher
        stage = .new(target.restReason.map { .resting(reason: $0) } ?? .waiting)
    }

    /// The most urgent kind of work here, as far as it was counted; nil where nothing is to be asked.
    var firstPhase: WorkOrder.Phase? {
        guard stage.restReason == nil else { return nil }
        return stage.turn?.phase ?? survey?.firstPhase
    }

    /// The files that are still to be asked for in this run.
    var leftCount: Int {
        guard let survey else { return 0 }
        guard let turn = stage.turn, let phase = turn.phase else { return survey.left }
        // The queue was made with the survey; what was asked since is no longer left.
        return survey.left - survey.due[phase.rawValue] + turn.leftCount
    }
}
