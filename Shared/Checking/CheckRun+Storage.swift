import CheckStates
import FunctionRuntime
import Mirrors
import ObjectStorage
import StateStorage

// What is read and written, and the right to.
extension CheckRun {
    /// Takes the lease of an access point and brings its state up to date; false where another
    /// Checker is at work there.
    func open(_ work: AccessPointWork) throws(StorageError) -> Bool {
        switch try leases.acquire(work.accessPoint.id) {
        case .held(let holder, let seconds):
            work.yield(
                because: "another checker is at work here: \(holder)",
                until: clock.elapsed + seconds
            )
            return false
        case .acquired(let lease):
            work.lease = lease
            work.leaseRenewedAt = clock.elapsed
            work.openedAt = clock.elapsed
            work.rivalry = nil
            // A portal may have come between since it was asked last.
            if case .passed = work.softNotFoundGuard { work.softNotFoundGuard = .unasked }
        }
        // Read under the lease: what was read before may be what another Checker has replaced.
        if var loaded = work.loaded {
            work.loaded = nil
            try states.refresh(&loaded, of: work.accessPoint)
            work.loaded = loaded
        } else {
            work.loaded = try states.load(work.accessPoint)
        }
        if work.loaded?.state.beganAt == nil { work.loaded?.state.beganAt = clock.now }
        return true
    }

    /// Stores the oldest answers whose time has come, or renews a lease.
    ///
    /// One at a time, so that answers do not wait behind fifty of them.
    func keepOne() throws(StorageError) {
        let elapsed = clock.elapsed
        let flushLimit = elapsed - Double(CheckSettings.sliceSeconds)
        if let due = active.first(where: { ($0.dirtySince ?? .infinity) <= flushLimit }) {
            try flush(due)
            storingSeconds = max(storingSeconds, clock.elapsed - elapsed)
            return
        }
        let renewalLimit = elapsed - leases.renewalSeconds
        guard
            let due = active.first(where: { $0.lease != nil && $0.leaseRenewedAt <= renewalLimit })
        else { return }
        do {
            try due.lease?.renew()
            due.leaseRenewedAt = clock.elapsed
        } catch .leaseLost(_, let holder) {
            lose(due, "the lease was lost to \(holder)")
        }
    }

    /// Stores the state, lets the lease go and, where more access points are checked than fit, drops
    /// the state.
    func putAside(_ work: AccessPointWork) throws(StorageError) {
        let startedAt = clock.elapsed
        try flush(work)
        work.dropQueue()
        work.phase = nil
        work.isYielding = false
        try work.lease?.release()
        work.lease = nil
        if let openedAt = work.openedAt { work.workedSeconds += clock.elapsed - openedAt }
        work.openedAt = nil
        guard let state = work.loaded?.state else { return }
        work.survey = order.survey(state, settled: work.settled, now: clock.now)
        storingSeconds = max(storingSeconds, clock.elapsed - startedAt)
        if works.count > settings.activeLimit { work.loaded = nil }
    }

    private func flush(_ work: AccessPointWork) throws(StorageError) {
        guard work.dirtySince != nil else { return }
        takeStock(work)
        guard var loaded = work.loaded, let lease = work.lease else { return }
        work.dirtySince = nil
        // The copy in `loaded` would make the next write to the state copy it whole.
        work.loaded = nil
        do {
            try states.save(&loaded, holding: lease)
            work.loaded = loaded
            work.leaseRenewedAt = clock.elapsed
        } catch .leaseLost(_, let holder) {
            lose(work, "the lease was lost to \(holder)")
        } catch .conditionFailed {
            try lease.release()
            lose(work, "the state was replaced by a writer without the lease")
        }
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
