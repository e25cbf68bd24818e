import Catalogs
import CheckStates
import Mirrors
import ObjectStorage
import StateStorage

/// Where a run stands with one access point.
final class AccessPointWork {
    /// What is known of the server's way to say that a file is not there.
    enum Guard {
        case unasked
        case asked
        case passed
        /// A name that cannot exist is answered with 200.
        case failed
    }

    /// What the desk does for it; one thing at a time.
    enum Errand {
        case opening
        /// Answers are stored, or the lease is renewed.
        case keeping
        /// The state of ``voucher`` is read.
        case readingVoucher
        case leaving
    }

    /// The position in the run's list.
    let index: Int
    let accessPoint: AccessPoint
    /// The rsync access point that may vouch for this one.
    var voucher: AccessPoint?
    /// The files that were asked for to see whether it may; nil while none are.
    var sample: [FileID]?
    /// The files that it vouched for in this run.
    var vouchedCount = 0
    /// What showed that it is not to be believed.
    var contradiction: String?

    /// The state of ``voucher``, where that is no state in memory, for the moment in which it is needed.
    var voucherState: CheckState?

    /// What is being done at the desk; nil while nothing is.
    var errand: Errand?
    /// The state while it is in memory.
    var loaded: CheckStateStore.Loaded?
    /// The right to ask here; held while the access point is active.
    var lease: Lease?
    /// When the lease was taken or last renewed, in seconds of the run.
    var leaseRenewedAt = 0.0
    /// Why nothing is asked until ``triedAgainAt``: another Checker; nil where there is none.
    var rivalry: String?
    /// When the lease is tried for again, in seconds of the run.
    var triedAgainAt = 0.0
    /// When the oldest answer came that is not stored yet, in seconds of the run; nil where all are.
    var dirtySince: Double?
    /// When others may have their turn, in seconds of the run.
    var sliceEndsAt = 0.0
    /// Its turn is over: no more questions, the last answers are waited for.
    var isYielding = false

    /// What the state came to when it was last counted; nil before.
    var survey: Survey?
    var phase: WorkOrder.Phase?
    var queue: [FileID] = []
    var position = 0
    var inFlight = 0
    var settled = FileSet()
    var softNotFoundGuard = Guard.unasked

    /// The questions about files that were answered in this run.
    var askedCount = 0
    /// Since when it is at work, in seconds of the run; nil while it waits.
    var openedAt: Double?
    /// For how long it was at work before that.
    var workedSeconds = 0.0
    var failuresInARow = 0
    /// Why the access point is left alone for the rest of the run; nil while it is not.
    var restReason: String?

    init(index: Int, accessPoint: AccessPoint) {
        self.index = index
        self.accessPoint = accessPoint
    }

    /// The most urgent kind of work here, as far as it was counted.
    var firstPhase: WorkOrder.Phase? {
        if restReason != nil { return nil }
        return phase ?? survey?.firstPhase
    }

    /// The files that are still to be asked for in this run.
    var leftCount: Int {
        guard let survey else { return 0 }
        guard let phase else { return survey.left }
        // The queue was made with the survey; what was asked since is no longer left.
        return survey.left - survey.due[phase.rawValue] + (queue.count - position)
    }

    /// Nothing is under way, and nothing more is to be asked in this turn.
    var isIdle: Bool {
        inFlight == 0 && (isYielding || restReason != nil || position == queue.count)
    }

    /// Forgets the queue; questions under way are still answered.
    func dropQueue() {
        sample = nil
        queue = []
        position = 0
    }

    /// Leaves the access point alone for the rest of the run.
    func rest(_ reason: String) {
        if restReason == nil { restReason = reason }
        dropQueue()
    }

    /// Leaves the access point to another Checker until `time` at least.
    func yield(because rivalry: String, until time: Double) {
        self.rivalry = rivalry
        triedAgainAt = time
        lease = nil
        loaded = nil
        dirtySince = nil
        dropQueue()
        isYielding = true
    }

    /// What is known of a file; nil where the state is not in memory.
    func finding(of id: FileID) -> Judge.Finding? {
        guard let loaded else { return nil }
        return Judge.Finding(
            loaded.state[id],
            alteredByteCount: loaded.state.alteredByteCount(of: id)
        )
    }

    /// Writes a finding into the state, in place.
    func store(_ finding: Judge.Finding, of id: FileID) {
        loaded?.state[id] = finding.observation
        loaded?.state.setAlteredByteCount(finding.alteredByteCount, of: id)
    }
}
