import Catalogs
import CheckStates
import FunctionRuntime
import Mirrors
import ObjectStorage
import StateStorage

/// What came of a job.
enum JobResult: Sendable {
    /// One for an access point, by its number in the transport.
    case ended(index: Int, Outcome)
    /// A newer catalog, or nil where there is none.
    case catalog(Edition?)

    enum Outcome: Sendable {
        /// What was due in that generation of the catalog; the state, where it is kept until its turn.
        case counted(Survey, generation: UInt32, CheckStateStore.Loaded?)
        case opened(Lease, CheckStateStore.Loaded, askedAt: Double)
        case held(by: String, seconds: Double)
        case consulted(CheckState)
        /// The version that was written, or nil where the lease was renewed only.
        case stored(WriteCondition?, askedAt: Double)
        case left(WriteCondition?)
        /// Another Checker is at work.
        case lost(reason: String)
        case failed(StorageError)
    }
}

// What is read and written, and the right to. Each job gets copies; for one access point there is one at a
// time.
extension CheckRun {
    /// Has the executor do `body` for an access point.
    private func submit(
        _ check: AccessPointCheck,
        _ body: @escaping @Sendable () throws(StorageError) -> JobResult.Outcome
    ) {
        let index = check.index
        executor.submit {
            do throws(StorageError) {
                return .ended(index: index, try body())
            } catch {
                return .ended(index: index, .failed(error))
            }
        }
    }

    func submitCounting(_ check: AccessPointCheck) {
        let (states, order, accessPoint) = (states, edition.order, check.accessPoint)
        let (now, generation) = (clock.now, edition.catalog.generation)
        // Where all fit, nothing is read twice.
        let isKept = checks.count <= settings.activeLimit
        submit(check) { () throws(StorageError) in
            let loaded = try states.load(accessPoint)
            let survey = order.survey(loaded.state, now: now)
            return .counted(survey, generation: generation, isKept ? loaded : nil)
        }
    }

    func submitOpening(_ check: AccessPointCheck) {
        let (leases, states, accessPoint) = (leases, states, check.accessPoint)
        let (known, askedAt) = (check.kept, clock.elapsed)
        submit(check) { () throws(StorageError) in
            switch try leases.acquire(accessPoint.id) {
            case .held(let holder, let seconds):
                return .held(by: holder, seconds: seconds)
            case .acquired(let lease):
                // Read under the lease: what was read before may be what another Checker has replaced.
                guard var loaded = known else {
                    return .opened(lease, try states.load(accessPoint), askedAt: askedAt)
                }
                try states.refresh(&loaded, of: accessPoint)
                return .opened(lease, loaded, askedAt: askedAt)
            }
        }
    }

    func submitConsulting(_ check: AccessPointCheck) {
        guard let voucher = check.voucher else { return }
        let states = states
        submit(check) { () throws(StorageError) in
            .consulted(try states.load(voucher).state)
        }
    }

    /// Stores what is not stored yet, which renews the lease; renews it where there is no such thing.
    func submitStoring(_ check: AccessPointCheck, _ turn: Turn) {
        let (save, lease, askedAt) = (saving(check, turn), turn.lease, clock.elapsed)
        submit(check) { () throws(StorageError) in
            do throws(StorageError) {
                if let save { return .stored(try save(), askedAt: askedAt) }
                try lease.renew()
                return .stored(nil, askedAt: askedAt)
            } catch {
                return try Self.loss(error, lease)
            }
        }
    }

    /// Stores what is not stored yet and lets the lease go.
    func submitLeaving(_ check: AccessPointCheck, _ turn: Turn) {
        let (save, lease) = (saving(check, turn), turn.lease)
        // Counted before it is stored, so that the others need not wait for that to know what is urgent.
        turn.dropQueue()
        turn.phase = nil
        turn.previousSurvey = check.survey
        check.survey = edition.order.survey(
            turn.loaded.state,
            settled: check.settled,
            now: clock.now
        )
        submit(check) { () throws(StorageError) in
            do throws(StorageError) {
                let condition = try save?()
                try lease.release()
                return .left(condition)
            } catch {
                return try Self.loss(error, lease)
            }
        }
    }

    /// What stores the state as it is now; nil where nothing is to be stored.
    ///
    /// What is answered meanwhile is written to a copy of the state, 2.4 MB, and is due anew.
    private func saving(
        _ check: AccessPointCheck,
        _ turn: Turn
    ) -> (@Sendable () throws(StorageError) -> WriteCondition)? {
        guard turn.unsavedSince != nil else { return nil }
        takeStock(check, turn)
        turn.beginStoring()
        let (states, loaded, lease) = (states, turn.loaded, turn.lease)
        return { () throws(StorageError) in
            var loaded = loaded
            try states.save(&loaded, holding: lease)
            return loaded.condition
        }
    }

    /// What an error means where another Checker may be at work; throws it where none is.
    private static func loss(
        _ error: StorageError,
        _ lease: Lease
    ) throws(StorageError) -> JobResult.Outcome {
        switch error {
        case .leaseLost(_, let holder):
            return .lost(reason: "the lease was lost to \(holder)")
        case .conditionFailed:
            try lease.release()
            return .lost(reason: "the state was replaced by a writer without the lease")
        default:
            throw error
        }
    }

    // MARK: - Results

    /// Takes the results of jobs that have ended, and those of jobs that end at once.
    func takeResults() {
        while true {
            let results = executor.takeFinished()
            guard !results.isEmpty else { return }
            for result in results {
                switch result {
                case .ended(let index, let outcome): take(outcome, index)
                case .catalog(let newer): adopt(newer)
                }
            }
        }
    }

    private func take(_ outcome: JobResult.Outcome, _ index: Int) {
        guard let check = checksByIndex[index] else { return }
        switch outcome {
        case .counted(var survey, let generation, let loaded):
            survey.due[WorkOrder.Phase.fresh.rawValue] +=
                changedFiles(since: generation).count
            check.survey = survey
            check.kept = loaded
            send(.counted, to: check)
        case .opened(let lease, let loaded, let askedAt):
            check.kept = nil
            let turn = Turn(lease: lease, loaded: loaded, askedAt: askedAt, now: clock.elapsed)
            if turn.loaded.state.beganAt == nil { turn.loaded.state.beganAt = clock.now }
            send(.opened(turn), to: check)
        case .held(let holder, let seconds):
            let reason = "another checker is at work here: \(holder)"
            send(.refused(Stage.Rivalry(reason: reason, until: clock.elapsed + seconds)), to: check)
        case .consulted(let state):
            check.stage.turn?.voucherState = state
            send(.consulted, to: check)
        case .stored(let condition, let askedAt):
            check.stage.turn?.leaseRenewedAt = askedAt
            check.stage.turn?.endStoring(as: condition)
            send(.stored, to: check)
        case .left(let condition):
            check.stage.turn?.endStoring(as: condition)
            send(.left, to: check)
        case .lost(let reason):
            check.stage.turn?.failStoring()
            if let survey = check.stage.turn?.previousSurvey { check.survey = survey }
            let until = clock.elapsed + leases.renewalSeconds
            send(.lost(Stage.Rivalry(reason: reason, until: until)), to: check)
        case .failed(let error):
            failure = failure ?? error
            check.stage.turn?.failStoring()
            send(.failed, to: check)
        }
    }

    // MARK: - When

    /// Whether the lease has not run out; while storage does not answer, it may have.
    func holdsLease(_ turn: Turn) -> Bool {
        clock.elapsed < turn.leaseRenewedAt + Double(leases.seconds)
    }

    /// Begins to store the oldest answers whose time has come, or to renew a lease: what is due for
    /// longest.
    func storeOldest() {
        guard executor.hasRoom else { return }
        var next: (check: AccessPointCheck, dueAt: Double)?
        for check in active where check.stage.mayStore {
            guard let turn = check.stage.turn else { continue }
            let dueAt = min(
                (turn.unsavedSince ?? .infinity) + Double(CheckSettings.sliceSeconds),
                turn.leaseRenewedAt + leases.renewalSeconds
            )
            if dueAt < next?.dueAt ?? .infinity { next = (check, dueAt) }
        }
        guard let next, next.dueAt <= clock.elapsed else { return }
        send(.store, to: next.check)
    }

    /// Counts what was lost and what has appeared, before the state is stored.
    private func takeStock(_ check: AccessPointCheck, _ turn: Turn) {
        let (losses, now) = (turn.loaded.state.losses(in: edition.catalog), clock.now)
        let isDoubted = turn.loaded.state.doubtedAt != nil
        if !isDoubted, losses.exceed(percent: settings.shrinkPercent) {
            let all = losses.heldCount + losses.lostCount
            doubt(check, turn, "lacks \(losses.lostCount) of \(all) files")
        } else if !isDoubted || check.stage.restReason == nil {
            turn.loaded.state.settleLosses(losses, now: now)
        }
        turn.loaded.state.noteAppearances(in: edition.catalog, now: now)
        if let way = transport.way(at: check.index) { turn.loaded.state.note(way, now: now) }
    }

    /// Believes nothing that was seen there so far, and leaves the second look to the next run: what
    /// is wrong may pass.
    func doubt(_ check: AccessPointCheck, _ turn: Turn, _ reason: String) {
        turn.loaded.state.doubt(now: clock.now)
        turn.noteChange(at: clock.elapsed)
        Log.warning("doubtful", ["accessPoint": check.accessPoint.id, "reason": reason])
        let rest = "\(reason): old proofs are not believed until a second look"
        send(.end(.resting(reason: rest)), to: check)
    }
}
