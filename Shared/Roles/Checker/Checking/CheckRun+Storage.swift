import CheckStates
import FunctionRuntime
import Mirrors
import ObjectStorage
import StateStorage

// What is read and written, and the right to. All of it is done at the desk, beside the loop; for one
// access point one thing at a time.
extension CheckRun {
    /// What came of opening an access point.
    private enum Opening: Sendable {
        case held(by: String, seconds: Double)
        case open(Lease, CheckStateStore.Loaded)
    }

    /// What came of storing a state.
    private enum Storing: Sendable {
        case stored(WriteCondition?)
        case lost(rivalry: String)
    }

    /// Takes the lease of an access point and brings its state up to date; from then on it is active, or
    /// waits again where another Checker is at work there or nothing is to be done.
    func open(_ work: AccessPointWork) throws(StorageError) {
        work.errand = .opening
        openingCount += 1
        let (leases, states, accessPoint) = (leases, states, work.accessPoint)
        let known = work.loaded
        let askedAt = clock.elapsed
        try desk.start { () throws(StorageError) -> Opening in
            switch try leases.acquire(accessPoint.id) {
            case .held(let holder, let seconds): return .held(by: holder, seconds: seconds)
            case .acquired(let lease):
                // Read under the lease: what was read before may be what another Checker has replaced.
                guard var loaded = known else {
                    return .open(lease, try states.load(accessPoint))
                }
                try states.refresh(&loaded, of: accessPoint)
                return .open(lease, loaded)
            }
        } then: { [unowned self] result throws(StorageError) in
            openingCount -= 1
            work.errand = nil
            try take(try result.get(), of: work, askedAt: askedAt)
        }
    }

    private func take(
        _ opening: Opening,
        of work: AccessPointWork,
        askedAt: Double
    ) throws(StorageError) {
        switch opening {
        case .held(let holder, let seconds):
            work.yield(
                because: "another checker is at work here: \(holder)",
                until: clock.elapsed + seconds
            )
            waiting.append(work)
        case .open(let lease, let loaded):
            work.lease = lease
            work.leaseRenewedAt = askedAt
            work.openedAt = clock.elapsed
            work.rivalry = nil
            // A portal may have come between since it was asked last.
            if case .passed = work.softNotFoundGuard { work.softNotFoundGuard = .unasked }
            work.loaded = loaded
            if loaded.state.beganAt == nil { work.loaded?.state.beganAt = clock.now }
            work.dropQueue()
            active.append(work)
            if isFinishing { return }
            if try !plan(work) { try putAside(work) }
        }
    }

    /// Whether the lease has not run out; while storage does not answer, it may have.
    func holdsLease(_ work: AccessPointWork) -> Bool {
        work.lease != nil && clock.elapsed < work.leaseRenewedAt + Double(leases.seconds)
    }

    /// Begins to store the oldest answers whose time has come, or to renew a lease: what is due for
    /// longest.
    func keepOne() throws(StorageError) {
        guard desk.hasRoom else { return }
        var next: (work: AccessPointWork, dueAt: Double)?
        for work in active where work.errand == nil && work.lease != nil {
            let dueAt = min(
                (work.dirtySince ?? .infinity) + Double(CheckSettings.sliceSeconds),
                work.leaseRenewedAt + leases.renewalSeconds
            )
            if dueAt < next?.dueAt ?? .infinity { next = (work, dueAt) }
        }
        guard let next, next.dueAt <= clock.elapsed else { return }
        try keep(next.work)
    }

    /// Stores what is not stored yet, which renews the lease; renews it where there is no such thing.
    private func keep(_ work: AccessPointWork) throws(StorageError) {
        guard let lease = work.lease else { return }
        work.errand = .keeping
        let dirtySince = work.dirtySince
        let task = storing(work, holding: lease)
        let startedAt = clock.elapsed
        try desk.start { () throws(StorageError) -> Storing in
            if let stored = try task() { return stored }
            do throws(StorageError) {
                try lease.renew()
                return .stored(nil)
            } catch .leaseLost(_, let holder) {
                return .lost(rivalry: Self.leaseLost(to: holder))
            }
        } then: { [unowned self] result throws(StorageError) in
            work.errand = nil
            // What could not be stored is to be stored still.
            if case .failure = result { work.dirtySince = dirtySince ?? work.dirtySince }
            switch try result.get() {
            case .stored(let condition):
                work.leaseRenewedAt = startedAt
                if let condition { work.loaded?.condition = condition }
            case .lost(let rivalry): lose(work, rivalry)
            }
        }
    }

    /// Stores the state, lets the lease go and, where more access points are checked than fit, drops
    /// the state; then it waits for its next turn.
    func putAside(_ work: AccessPointWork) throws(StorageError) {
        work.dropQueue()
        work.phase = nil
        guard let lease = work.lease else { return leave(work) }
        work.errand = .leaving
        let task = storing(work, holding: lease)
        // Counted before it is stored, so that the others need not wait for that to know what is urgent.
        let previous = work.survey
        if let state = work.loaded?.state {
            work.survey = order.survey(state, settled: work.settled, now: clock.now)
        }
        try desk.start { () throws(StorageError) -> Storing in
            let stored = try task() ?? .stored(nil)
            if case .stored = stored { try lease.release() }
            return stored
        } then: { [unowned self] result throws(StorageError) in
            work.errand = nil
            switch try result.get() {
            case .stored(let condition):
                if let condition { work.loaded?.condition = condition }
                work.lease = nil
            case .lost(let rivalry):
                work.survey = previous
                lose(work, rivalry)
            }
            leave(work)
        }
    }

    private func leave(_ work: AccessPointWork) {
        work.isYielding = false
        work.voucherState = nil
        if let openedAt = work.openedAt { work.workedSeconds += clock.elapsed - openedAt }
        work.openedAt = nil
        if works.count > settings.activeLimit { work.loaded = nil }
        active.removeAll { $0 === work }
        waiting.append(work)
    }

    /// What stores the state as it is now, where there is anything to be stored; it returns nil where
    /// there is not.
    ///
    /// What is answered meanwhile is written to a copy of the state, 2.4 MB, and is due anew.
    private func storing(
        _ work: AccessPointWork,
        holding lease: Lease
    ) -> @Sendable () throws(StorageError) -> Storing? {
        guard work.dirtySince != nil else { return { nil } }
        takeStock(work)
        work.dirtySince = nil
        guard let loaded = work.loaded else { return { nil } }
        let states = states
        return { () throws(StorageError) -> Storing? in
            var loaded = loaded
            do throws(StorageError) {
                try states.save(&loaded, holding: lease)
                return .stored(loaded.condition)
            } catch .leaseLost(_, let holder) {
                return .lost(rivalry: Self.leaseLost(to: holder))
            } catch .conditionFailed {
                try lease.release()
                return .lost(rivalry: "the state was replaced by a writer without the lease")
            }
        }
    }

    private static func leaseLost(to holder: String) -> String {
        "the lease was lost to \(holder)"
    }

    /// Counts what was lost and what has appeared, before the state is stored.
    private func takeStock(_ work: AccessPointWork) {
        guard let losses = work.loaded?.state.losses(in: catalog) else { return }
        let now = clock.now
        let isDoubted = work.loaded?.state.doubtedAt != nil
        if !isDoubted, losses.exceed(percent: settings.shrinkPercent) {
            doubt(work, "lacks \(losses.lostCount) of \(losses.heldCount + losses.lostCount) files")
        } else if !isDoubted || work.restReason == nil {
            work.loaded?.state.settleLosses(losses, now: now)
        }
        work.loaded?.state.noteAppearances(in: catalog, now: now)
        if let way = transport.way(at: work.index) { work.loaded?.state.note(way, now: now) }
    }

    /// Believes nothing that was seen there so far, and leaves the second look to the next run: what
    /// is wrong may pass.
    func doubt(_ work: AccessPointWork, _ reason: String) {
        work.loaded?.state.doubt(now: clock.now)
        if work.dirtySince == nil { work.dirtySince = clock.elapsed }
        work.rest("\(reason): old proofs are not believed until a second look")
        Log.warning("doubtful", ["accessPoint": work.accessPoint.id, "reason": reason])
    }

    /// Drops what is not stored, because another Checker is at work.
    private func lose(_ work: AccessPointWork, _ rivalry: String) {
        Log.warning(
            "answers are dropped",
            ["accessPoint": work.accessPoint.id, "reason": rivalry]
        )
        // Asked and not stored is as good as not asked.
        work.settled = FileSet()
        work.yield(because: rivalry, until: clock.elapsed + leases.renewalSeconds)
    }
}
