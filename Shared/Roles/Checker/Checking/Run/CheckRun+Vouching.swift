import Catalogs
import CheckStates
import FunctionRuntime
import Mirrors
import StateStorage
import Time

// `checkBy: shared`: a mirror's rsync listing renews the proofs of its http and https access points.
//
// It does so for files only that the access point itself has proven before: what is new or changed, and
// what was ever in doubt, is asked for by HEAD as everywhere. And it does so only where a random sample
// agrees: as many of these files as ``CheckSettings/sampleSize`` are asked for by HEAD first. When one of
// them is not there, the listing is believed nothing about this mirror until the proofs have grown old
// once more.
extension CheckRun {
    /// The rsync access point whose listing may vouch for the access point now; nil where none may.
    private func willingVoucher(of check: AccessPointCheck, _ turn: Turn) -> AccessPoint? {
        guard let voucher = check.voucher, !distrusted.contains(voucher.id),
            turn.loaded.state.doubtedAt == nil
        else { return nil }
        if let contradictedAt = turn.loaded.state.contradictedAt,
            clock.now.seconds(since: contradictedAt) < settings.revalidateAfterSeconds
        {
            return nil
        }
        return voucher
    }

    private func stateInMemory(of voucher: AccessPoint) -> CheckState? {
        let check = checks.first { $0.accessPoint.id == voucher.id }
        return (check?.stage.turn?.loaded ?? check?.kept)?.state
    }

    /// Whether the listing's state is to be read from storage.
    func needsVoucherState(_ check: AccessPointCheck, _ turn: Turn) -> Bool {
        guard let voucher = willingVoucher(of: check, turn) else { return false }
        return turn.voucherState == nil && stateInMemory(of: voucher) == nil
    }

    /// The listing's state where it may vouch for the access point now, else nil; after that it is no
    /// longer kept for it.
    private func takeVoucherState(of check: AccessPointCheck, _ turn: Turn) -> CheckState? {
        defer { turn.voucherState = nil }
        guard let voucher = willingVoucher(of: check, turn),
            let state = stateInMemory(of: voucher) ?? turn.voucherState, state.doubtedAt == nil
        else { return nil }
        return state
    }

    /// The files that are to be proven again, and that the listing has.
    private func vouchedFiles(
        _ check: AccessPointCheck,
        _ turn: Turn,
        by voucher: CheckState
    ) -> [FileID] {
        let (own, now) = (turn.loaded.state, clock.now)
        let (catalog, order) = (edition.catalog, edition.order)
        return catalog.ids.prefix(min(own.count, voucher.count)).filter { id in
            guard own.outcome(of: id) == .present, voucher.outcome(of: id) == .present,
                voucher.generation(of: id) >= catalog.changedIn(id),
                voucher[id].observedAt > own[id].observedAt,
                now.seconds(since: voucher[id].observedAt) < settings.revalidateAfterSeconds
            else { return false }
            return order.phase(of: id, in: own, settled: check.settled, now: now) == .revalidate
        }
    }

    /// The files to ask for before the listing is believed; nil where it cannot save anything.
    func sample(for check: AccessPointCheck, _ turn: Turn) -> [FileID]? {
        guard let voucher = takeVoucherState(of: check, turn) else { return nil }
        let files = vouchedFiles(check, turn, by: voucher)
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
    func settleVouching(_ check: AccessPointCheck, _ turn: Turn) {
        guard let sample = turn.sample else { return }
        turn.sample = nil
        let state = turn.loaded.state
        // Cut short; it begins anew with other files.
        guard sample.allSatisfy({ check.settled.contains($0) || state[$0].failures > 0 }) else {
            return
        }
        let wrong = sample.first { state[$0].outcome != .present || state[$0].failures > 0 }
        if let wrong { return distrust(check, turn, because: wrong, state[wrong]) }
        guard let voucher = takeVoucherState(of: check, turn) else { return }
        let files = vouchedFiles(check, turn, by: voucher)
        for id in files {
            let proof = voucher[id]
            turn.loaded.state[id] = Observation(
                outcome: .present,
                isConfirmed: true,
                observedAt: proof.observedAt,
                askedAt: proof.observedAt,
                generation: proof.generation
            )
        }
        check.vouchedCount += files.count
        if !files.isEmpty { turn.noteChange(at: clock.elapsed) }
    }

    private func distrust(
        _ check: AccessPointCheck,
        _ turn: Turn,
        because id: FileID,
        _ seen: Observation
    ) {
        guard let voucher = check.voucher else { return }
        distrusted.insert(voucher.id)
        // Silence and 403 contradict nothing; without an answer there is no vouching either.
        guard [.absent, .altered, .stale].contains(seen.outcome) else { return }
        turn.loaded.state.contradictedAt = clock.now
        turn.noteChange(at: clock.elapsed)
        let path = edition.catalog.path(of: id)
        let reason = "\(path) is \(seen.outcome) here, though \(voucher.id) lists it"
        check.contradiction = reason
        Log.warning(
            "an rsync listing does not vouch for its mirror any more",
            ["accessPoint": check.accessPoint.id, "reason": reason]
        )
    }

    /// Whether the listing that may vouch for the access point is still to be renewed in this run: it
    /// takes seconds, and would come too late otherwise.
    func awaitsVoucher(_ check: AccessPointCheck) -> Bool {
        guard let voucher = check.voucher, check.firstPhase == .revalidate,
            !distrusted.contains(voucher.id),
            let other = checks.first(where: { $0.accessPoint.id == voucher.id })
        else { return false }
        switch other.stage {
        // What it found is being stored.
        case .leaving: return true
        case .yielding: return false
        default: return other.firstPhase.map { $0 <= .revalidate } ?? false
        }
    }
}
