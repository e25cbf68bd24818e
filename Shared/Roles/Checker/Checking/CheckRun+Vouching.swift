import Catalogs
import CheckStates
import FunctionRuntime
import Mirrors
import ObjectStorage
import StateStorage

// `checkBy: shared`: a mirror's rsync listing renews the proofs of its http and https access points.
//
// It does so for files only that the access point itself has proven before: what is new or changed, and
// what was ever in doubt, is asked for by HEAD as everywhere. And it does so only where a random sample
// agrees: as many of these files as ``CheckSettings/sampleSize`` are asked for by HEAD first. When one of
// them is not there, the listing is believed nothing about this mirror until the proofs have grown old
// once more.
extension CheckRun {
    /// The rsync access point whose listing may vouch for the access point now; nil where none may.
    private func willingVoucher(of work: AccessPointWork) -> AccessPoint? {
        guard let voucher = work.voucher, !distrusted.contains(voucher.id),
            let own = work.loaded?.state, own.doubtedAt == nil
        else { return nil }
        if let contradictedAt = own.contradictedAt,
            clock.now.seconds(since: contradictedAt) < settings.revalidateAfterSeconds
        {
            return nil
        }
        return voucher
    }

    private func stateInMemory(of voucher: AccessPoint) -> CheckState? {
        works.first { $0.accessPoint.id == voucher.id }?.loaded?.state
    }

    /// Whether the listing's state is in memory, or not needed; it is read where it is not.
    func hasVoucherState(_ work: AccessPointWork) throws(StorageError) -> Bool {
        guard let voucher = willingVoucher(of: work), work.voucherState == nil,
            stateInMemory(of: voucher) == nil
        else { return true }
        work.errand = .readingVoucher
        let states = states
        try desk.start { () throws(StorageError) -> CheckState in
            try states.load(voucher).state
        } then: { result throws(StorageError) in
            work.errand = nil
            work.voucherState = try result.get()
        }
        return work.errand == nil
    }

    /// The listing's state where it may vouch for the access point now, else nil; after that it is no
    /// longer kept for it.
    private func takeVoucherState(of work: AccessPointWork) -> CheckState? {
        defer { work.voucherState = nil }
        guard let voucher = willingVoucher(of: work),
            let state = stateInMemory(of: voucher) ?? work.voucherState, state.doubtedAt == nil
        else { return nil }
        return state
    }

    /// The files that are to be proven again, and that the listing has.
    private func vouchedFiles(_ work: AccessPointWork, by voucher: CheckState) -> [FileID] {
        guard let own = work.loaded?.state else { return [] }
        let now = clock.now
        return catalog.ids.prefix(min(own.count, voucher.count)).filter { id in
            guard own.outcome(of: id) == .present, voucher.outcome(of: id) == .present,
                voucher.generation(of: id) >= catalog.changedIn(id),
                voucher[id].observedAt > own[id].observedAt,
                now.seconds(since: voucher[id].observedAt) < settings.revalidateAfterSeconds
            else { return false }
            return order.phase(of: id, in: own, settled: work.settled, now: now) == .revalidate
        }
    }

    /// The files to ask for before the listing is believed; nil where it cannot save anything.
    func sample(for work: AccessPointWork) -> [FileID]? {
        guard let voucher = takeVoucherState(of: work) else { return nil }
        let files = vouchedFiles(work, by: voucher)
        guard files.count > settings.sampleSize else { return nil }
        // `shuffled` of all would be dearer than choosing as the listing is gone through.
        var sample = Array(files.prefix(settings.sampleSize))
        for position in settings.sampleSize..<files.count {
            let place = Int.random(in: 0...position, using: &random)
            if place < sample.count { sample[place] = files[position] }
        }
        return sample
    }

    /// Judges the sample once it was asked for, and takes over the listing's proofs if it agrees.
    func settleVouching(_ work: AccessPointWork) {
        guard let sample = work.sample, let state = work.loaded?.state else { return }
        work.sample = nil
        // Cut short; it begins anew with other files.
        guard sample.allSatisfy({ work.settled.contains($0) || state[$0].failures > 0 }) else {
            return
        }
        let wrong = sample.first { state[$0].outcome != .present || state[$0].failures > 0 }
        if let wrong { return distrust(work, because: wrong, state[wrong]) }
        guard let voucher = takeVoucherState(of: work) else { return }
        let files = vouchedFiles(work, by: voucher)
        for id in files {
            let proof = voucher[id]
            work.loaded?.state[id] = Observation(
                outcome: .present,
                isConfirmed: true,
                observedAt: proof.observedAt,
                askedAt: proof.observedAt,
                generation: proof.generation
            )
        }
        work.vouchedCount += files.count
        if !files.isEmpty, work.dirtySince == nil { work.dirtySince = clock.elapsed }
    }

    private func distrust(_ work: AccessPointWork, because id: FileID, _ seen: Observation) {
        guard let voucher = work.voucher else { return }
        distrusted.insert(voucher.id)
        // Silence and 403 contradict nothing; without an answer there is no vouching either.
        guard [.absent, .altered, .stale].contains(seen.outcome) else { return }
        work.loaded?.state.contradictedAt = clock.now
        if work.dirtySince == nil { work.dirtySince = clock.elapsed }
        let reason =
            "\(catalog.path(of: id)) is \(seen.outcome) here, though \(voucher.id) lists it"
        work.contradiction = reason
        Log.warning(
            "an rsync listing does not vouch for its mirror any more",
            ["accessPoint": work.accessPoint.id, "reason": reason]
        )
    }

    /// Whether the listing that may vouch for the access point is still to be renewed in this run: it
    /// takes seconds, and would come too late otherwise.
    func awaitsVoucher(_ work: AccessPointWork) -> Bool {
        guard let voucher = work.voucher, work.firstPhase == .revalidate,
            !distrusted.contains(voucher.id),
            let other = works.first(where: { $0.accessPoint.id == voucher.id })
        else { return false }
        // What it found is being stored.
        if other.errand == .leaving { return true }
        guard other.restReason == nil, other.rivalry == nil, let phase = other.firstPhase
        else { return false }
        return phase <= .revalidate
    }
}
