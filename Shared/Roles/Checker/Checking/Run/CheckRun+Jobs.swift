import Catalogs
import CheckPlanning
import CheckStates
import FunctionRuntime
import Mirrors
import ObjectStorage
import Time

/// The result of a job.
enum JobResult: Sendable {
    /// A job for an access point, by its number in the transport.
    case ended(AccessPointNumber, Outcome)
    /// A newer catalog, or nil if there is none.
    case catalog(CheckPolicy?)
    /// The findings of other writers, or nil if the doubts could not be published.
    case exchanged(HealthExchange.News?)

    enum Outcome: Sendable {
        case found(Agenda?)
        case opened(Opening)
        case taken(by: String, seconds: Double)
        case loaded(OpenedState)
        case stored(StoredTurn, askedAt: Double)
        case left(StoredTurn)
        /// Another checker has the lease.
        case lost(reason: String)
        case failed(StorageError)
    }

    /// A lease, and what was read under it.
    struct Opening: Sendable {
        var lease: Lease
        var agenda: CheckStateStore.LoadedAgenda
        /// Nil if the agenda suffices.
        var state: OpenedState?
        var askedAt: Double
    }
}

// Reading, writing and leases. Each job works on copies; an access point has at most one job at a
// time.
extension CheckRun {
    /// Submits `body` as the job of an access point.
    private func submit(
        _ check: AccessPointCheck,
        _ body: @escaping @Sendable () throws(StorageError) -> JobResult.Outcome
    ) {
        let number = check.number
        executor.submit {
            do throws(StorageError) {
                return .ended(number, try body())
            } catch {
                return .ended(number, .failed(error))
            }
        }
    }

    func submitReading(_ check: AccessPointCheck) {
        let (states, accessPoint) = (states, check.accessPoint)
        submit(check) { () throws(StorageError) in
            .found(try states.loadAgenda(of: accessPoint).agenda)
        }
    }

    func submitOpening(_ check: AccessPointCheck) {
        let (leases, states, opener) = (leases, states, StateOpener(self, check))
        let askedAt = clock.elapsed
        submit(check) { () throws(StorageError) in
            switch try leases.acquire(opener.accessPoint.id) {
            case .taken(let owner, let seconds):
                return .taken(by: owner, seconds: seconds)
            case .acquired(let lease):
                if lease.wasOfAnotherTime {
                    Log.warning(
                        "lease of another time taken over",
                        ["accessPoint": opener.accessPoint.id, "hint": "a clock is or was wrong"]
                    )
                }
                // Read it under the lease: another checker may have replaced what was read before.
                let agenda = try states.loadAgenda(of: opener.accessPoint)
                let state =
                    opener.needsState(agenda.agenda, lease)
                    ? try opener.open(with: agenda.agenda) : nil
                return .opened(
                    JobResult.Opening(lease: lease, agenda: agenda, state: state, askedAt: askedAt)
                )
            }
        }
    }

    func submitLoading(_ check: AccessPointCheck, _ turn: Turn) {
        let (opener, agenda) = (StateOpener(self, check), turn.agenda.agenda)
        submit(check) { () throws(StorageError) in
            .loaded(try opener.open(with: agenda))
        }
    }

    /// Stores unsaved changes, which renews the lease; without changes it only renews the lease.
    func submitStoring(_ check: AccessPointCheck, _ turn: Turn) {
        let (save, lease, askedAt) = (saving(check, turn), turn.lease, clock.elapsed)
        submit(check) { () throws(StorageError) in
            do throws(StorageError) {
                if let save { return .stored(try save(), askedAt: askedAt) }
                try lease.renew()
                return .stored(StoredTurn(), askedAt: askedAt)
            } catch {
                return try Self.loss(error, lease)
            }
        }
    }

    /// Stores unsaved changes and releases the lease.
    func submitLeaving(_ check: AccessPointCheck, _ turn: Turn) {
        turn.close(at: clock.elapsed, now: clock.now)
        noteDoubt(check, turn)
        check.summary =
            turn.visit?.summary(now: clock.now) ?? turn.agenda.agenda.map { CheckSummary(of: $0) }
        let (save, lease) = (saving(check, turn, isLast: true), turn.lease)
        submit(check) { () throws(StorageError) in
            do throws(StorageError) {
                let stored = try save?()
                try lease.release()
                return .left(stored ?? StoredTurn())
            } catch {
                return try Self.loss(error, lease)
            }
        }
    }

    /// The operation that stores the turn as it is now; nil if there is nothing to store.
    ///
    /// Answers that arrive in the meantime go to a copy of the state, 0.8 MB, and remain to be
    /// stored. The agenda of a state is stored when the turn ends; if it is older than its state,
    /// the lease tells, because it was not released then.
    private func saving(
        _ check: AccessPointCheck,
        _ turn: Turn,
        isLast: Bool = false
    ) -> (@Sendable () throws(StorageError) -> StoredTurn)? {
        guard turn.unsavedSince != nil else { return nil }
        if let strategy = transport.strategy(at: check.number) {
            turn.note(strategy, now: clock.now)
        }
        turn.beginStoring()
        let (states, lease, agenda) = (states, turn.lease, turn.agenda)
        guard let state = turn.visit?.state, let condition = turn.stateCondition else {
            return { () throws(StorageError) in
                if !isLast { try lease.renew() }
                return StoredTurn(agenda: try states.saved(agenda))
            }
        }
        return { () throws(StorageError) in
            var loaded = CheckStateStore.Loaded(state: state, condition: condition)
            try states.save(&loaded, under: lease)
            var stored = StoredTurn(stateCondition: loaded.condition)
            if isLast {
                var agenda = agenda
                agenda.agenda?.stateTag = loaded.tag
                stored.agenda = try states.saved(agenda)
            }
            return stored
        }
    }

    /// Classifies an error that another checker may have caused; throws it if none did.
    private static func loss(
        _ error: StorageError,
        _ lease: Lease
    ) throws(StorageError) -> JobResult.Outcome {
        switch error {
        case .leaseLost(_, let owner):
            return .lost(reason: "the lease was lost to \(owner)")
        case .conditionFailed:
            try lease.release()
            return .lost(reason: "the state was replaced by a writer without the lease")
        default:
            throw error
        }
    }

    // MARK: - Results

    /// Takes the results of finished jobs, and of jobs that finish at once.
    func takeResults() {
        while true {
            let results = executor.takeFinished()
            guard !results.isEmpty else { return }
            for result in results {
                switch result {
                case .ended(let number, let outcome): take(outcome, number)
                case .catalog(let newer): adopt(newer)
                case .exchanged(let news): take(news)
                }
            }
        }
    }

    private func take(_ outcome: JobResult.Outcome, _ number: AccessPointNumber) {
        guard let check = check(number) else { return }
        switch outcome {
        case .found(let agenda):
            check.agenda = agenda
            if let agenda { check.summary = CheckSummary(of: agenda) }
            send(.found, to: check)
        case .opened(let opening):
            let turn = Turn(
                lease: opening.lease,
                agenda: opening.agenda,
                askedAt: opening.askedAt,
                now: clock.elapsed
            )
            if let strategy = turn.agenda.agenda?.strategy(now: clock.now) {
                transport.begin(with: strategy, at: check.number)
            }
            if let state = opening.state { begin(state, check, turn) }
            send(.opened(turn), to: check)
        case .taken(let owner, let seconds):
            let reason = "another checker is at work here: \(owner)"
            send(
                .refused(Stage.Competitor(reason: reason, until: clock.elapsed + seconds)),
                to: check
            )
        case .loaded(let state):
            if let turn = check.stage.turn { begin(state, check, turn) }
            send(.loaded, to: check)
        case .stored(let stored, let askedAt):
            check.stage.turn?.leaseRenewedAt = askedAt
            check.stage.turn?.endStoring(stored)
            send(.stored, to: check)
        case .left(let stored):
            check.stage.turn?.endStoring(stored)
            send(.left, to: check)
        case .lost(let reason):
            check.stage.turn?.failStoring()
            let until = clock.elapsed + leases.renewalSeconds
            send(.lost(Stage.Competitor(reason: reason, until: until)), to: check)
        case .failed(let error):
            failure = failure ?? error
            check.stage.turn?.failStoring()
            send(.failed, to: check)
        }
    }

    /// Continues the turn with its state.
    private func begin(_ state: OpenedState, _ check: AccessPointCheck, _ turn: Turn) {
        turn.open(state, at: clock.elapsed)
        let now = clock.now
        if let strategy = turn.visit?.state.strategy(now: now) {
            transport.begin(with: strategy, at: check.number)
        }
        let (policy, outsideFindings) = (policy, check.outsideFindings)
        check.outsideFindings = nil
        turn.change(at: clock.elapsed) { visit in
            visit.adopt(policy, now: now)
            if let outsideFindings {
                visit.applyOutsideFindings(
                    outsideFindings.findings,
                    since: outsideFindings.since,
                    now: now
                )
            }
        }
        if outsideFindings != nil { check.knownDoubt = nil }
        noteDoubt(check, turn)
    }

    // MARK: - When

    /// Whether the lease is valid; while storage does not answer, it may expire.
    func hasLease(_ turn: Turn) -> Bool {
        clock.elapsed < turn.leaseRenewedAt + Double(leases.seconds)
    }

    /// Stores the oldest unsaved answers or renews a lease, whichever has been due the longest.
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
}

extension CheckStateStoring {
    /// The agenda as written.
    fileprivate func saved(
        _ agenda: CheckStateStore.LoadedAgenda
    ) throws(StorageError) -> CheckStateStore.LoadedAgenda {
        var agenda = agenda
        try saveAgenda(&agenda)
        return agenda
    }
}
