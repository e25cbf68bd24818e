import Catalogs
import CheckStates
import Mirrors
import ObjectStorage
import StateStorage

/// What there is of an access point while its lease is held: from ``Stage/Event/opened(_:)`` until the
/// lease is let go or lost.
final class Turn {
    /// What is known of the server's way to say that a file is not there.
    enum SoftNotFoundGuard {
        case unasked
        case asked
        /// It says so.
        case passed
    }

    /// The right to ask here.
    let lease: Lease
    /// When the lease was taken or last renewed, in seconds of the run.
    var leaseRenewedAt: Double
    /// The state, and the version it was read as.
    var loaded: CheckStateStore.Loaded
    /// When the turn began, in seconds of the run.
    let beganAt: Double
    /// When others may have their turn, in seconds of the run.
    var endsAt = 0.0

    /// The kind of work that the queue is made of; nil before the first plan.
    var phase: WorkOrder.Phase?
    /// What is asked in this turn, and how much of it was.
    private(set) var queue: [FileID] = []
    private(set) var position = 0
    var softNotFoundGuard = SoftNotFoundGuard.unasked
    /// The generation of the catalog when the oldest question under way was asked.
    var askedInGeneration: UInt32 = 0

    /// What no storage holds yet, and what a job is storing.
    private(set) var unsaved = Unsaved()
    private(set) var storing = Unsaved()

    /// The files that were asked for to see whether a listing may renew the others; nil while none are.
    var sample: [FileID]?
    /// The state of the access point that has the listing, for the moment in which it is needed.
    var voucherState: CheckState?
    /// What was known before the state was counted on leaving.
    var previousSurvey: Survey?

    /// Answers that were judged and are in memory only.
    struct Unsaved {
        /// When the first of them came, in seconds of the run; nil where there are none.
        var since: Double?
        var answerCount = 0
    }

    init(lease: Lease, loaded: CheckStateStore.Loaded, askedAt: Double, now: Double) {
        self.lease = lease
        self.loaded = loaded
        leaseRenewedAt = askedAt
        beganAt = now
    }

    // MARK: - Questions

    /// How many files of the queue were not asked for yet.
    var leftCount: Int { queue.count - position }

    func setQueue(_ files: [FileID]) {
        queue = files
        position = 0
    }

    /// Forgets the queue; questions under way are still answered.
    func dropQueue() {
        sample = nil
        setQueue([])
    }

    /// Takes up to `count` files off the queue.
    func takeNext(_ count: Int) -> ArraySlice<FileID> {
        let files = queue[position...].prefix(count)
        position = files.endIndex
        return files
    }

    // MARK: - Answers

    /// What is known of a file.
    func finding(of id: FileID) -> Judge.Finding {
        Judge.Finding(loaded.state[id], alteredByteCount: loaded.state.alteredByteCount(of: id))
    }

    /// Writes a finding into the state, in place.
    func store(_ finding: Judge.Finding, of id: FileID) {
        loaded.state[id] = finding.observation
        loaded.state.setAlteredByteCount(finding.alteredByteCount, of: id)
    }

    /// Notes that the state changed at `time`, by an answer about a file or by something else.
    func noteChange(at time: Double, answerCount: Int = 0) {
        unsaved.since = unsaved.since ?? time
        unsaved.answerCount += answerCount
    }

    // MARK: - Storing

    /// When the oldest change came that no storage holds for certain; nil where all are stored.
    var unsavedSince: Double? { storing.since ?? unsaved.since }

    /// The answers that are lost where nothing more is stored.
    var unsavedAnswerCount: Int { storing.answerCount + unsaved.answerCount }

    /// A job takes over what is unsaved.
    func beginStoring() {
        storing = unsaved
        unsaved = Unsaved()
    }

    /// The job has stored it.
    func endStoring(as condition: WriteCondition?) {
        storing = Unsaved()
        if let condition { loaded.condition = condition }
    }

    /// The job failed: what it was to store is to be stored still.
    func failStoring() {
        unsaved.since = storing.since ?? unsaved.since
        unsaved.answerCount += storing.answerCount
        storing = Unsaved()
    }
}
