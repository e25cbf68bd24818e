package import Catalogs
package import Mirrors
package import Time

// Passes over all columns.
extension CheckState {
    /// Calls `repair` for each observation with a time after `limit`, and returns their number.
    package mutating func repairTimes(
        after limit: Timestamp,
        _ repair: (Int, inout Observation) -> Void
    ) -> Int {
        let newest = UInt32(clamping: limit.secondsSinceEpoch)
        // There are hardly ever any, which is quick to test.
        guard observations.latestTime > UInt64(newest) else { return 0 }
        var repairedCount = 0
        for index in 0..<count
        where max(observations.askedTime(at: index), observations.observedTime(at: index)) > newest
        {
            repair(index, &observations[index])
            repairedCount += 1
        }
        return repairedCount
    }

    /// Restarts the doubt at `now`, because its time came from a wrong clock.
    package mutating func redoubt(now: Timestamp) {
        doubtedAt = now
    }

    /// Ends the doubt; earlier proofs count again.
    package mutating func trust(now: Timestamp) {
        doubtedAt = nil
        lossesSince = now
        forgetConfirmedLosses()
    }

    /// Makes confirmed losses count as never having been there, and counts losses from `now` on.
    package mutating func forgetLosses(now: Timestamp) {
        lossesSince = now
        forgetConfirmedLosses()
    }

    /// Renews the proof of a present file from a listing at `time`.
    package mutating func note(_ time: Timestamp, asSeeing file: FileID) {
        let index = Int(file.rawValue)
        guard index < count, outcome(of: file) == .present else { return }
        observations.setObservedTime(UInt32(clamping: time.secondsSinceEpoch), at: index)
    }

    /// Renews the proofs of files with later proofs in `other`, a state of the same tree.
    ///
    /// With `asksCount`, its questions by name count as those of this access point; otherwise only
    /// the evidence is renewed, for files that were asked for by name since `earliest`.
    package mutating func renew(
        from other: CheckState,
        in catalog: Catalog,
        asksCount: Bool,
        askedSince earliest: Timestamp,
        now: Timestamp
    ) {
        let oldest = UInt32(clamping: earliest.secondsSinceEpoch)
        let latest = UInt32(clamping: now.secondsSinceEpoch)
        let changedIn = catalog.changeGenerations
        let passLength = ObservationColumns.passLength
        var (own, others): ([UInt32], [UInt32]) = ([], [])
        for index in 0..<min(count, other.count, changedIn.count) {
            let place = index % passLength
            if place == 0 {
                own = observations.presentGenerations(from: index, withoutFailures: false)
                others = other.observations.presentGenerations(from: index, withoutFailures: false)
            }
            guard own[place] > 0, others[place] > 0, own[place] >= changedIn[index],
                others[place] >= changedIn[index],
                asksCount || observations.askedTime(at: index) >= oldest
            else { continue }
            let observedAt = min(other.observations.observedTime(at: index), latest)
            if observedAt > observations.observedTime(at: index) {
                observations.setObservedTime(observedAt, at: index)
            }
            guard asksCount else { continue }
            let askedAt = min(other.observations.askedTime(at: index), latest)
            if askedAt > observations.askedTime(at: index) {
                observations.setAskedTime(askedAt, at: index)
            }
        }
    }

    /// How many files are missing here that `other` has shown since.
    ///
    /// Only sightings after the file was first missing and before the latest question about it
    /// count: a file that was temporarily missing, or has returned, does not distinguish the trees.
    package func missingCount(shownBy other: CheckState, in catalog: Catalog) -> Int {
        let present = Observation.Outcome.present.rawValue | ObservationColumns.confirmedBit
        let changedIn = catalog.changeGenerations
        let missing = observations.files { status in
            guard status & ObservationColumns.confirmedBit != 0 else { return false }
            let outcome = Observation.Outcome(rawValue: status & ~ObservationColumns.flags)
            return outcome == .absent || outcome == .altered
        }
        let end = min(other.count, changedIn.count)
        return missing.count { index in
            guard index < end, other.observations.status(at: index) == present,
                observations.generation(at: index) >= changedIn[index],
                other.observations.generation(at: index) >= changedIn[index]
            else { return false }
            // It is only known in which hour this was.
            let shownAt = UInt64(other.observations.observedTime(at: index))
            return UInt64(observations.observedTime(at: index)) < shownAt
                && UInt64(observations.askedTime(at: index)) > shownAt + 3_600
        }
    }
}
