package import Catalogs
package import Mirrors
package import Time

// The shrink guard. A mirror in the middle of an update, a captive portal, the index of another
// site: an access point that suddenly lacks much of what it had is doubted until it was checked
// again.
extension CheckState {
    /// Compares the files of an access point with those it had before.
    package struct Losses: Hashable, Sendable {
        /// Live files that were proven to be there, however long ago.
        package var heldCount = 0
        /// Live files that were there within the last day, and are absent or altered.
        package var lostCount = 0
        /// Held files whose proof predates the doubt.
        package var unprovenCount = 0
        /// Lost files that were not checked again since the doubt, or without result.
        package var undecidedCount = 0

        /// Whether more than `percent` of what was there is lost.
        package func exceed(percent: Int) -> Bool {
            lostCount * 100 > (heldCount + lostCount) * percent
        }
    }

    /// A loss older than this is no longer sudden, in seconds.
    package static let lossSeconds: Int64 = 86_400

    /// The time from which proofs count: for an access point in doubt, only later ones do; nil if
    /// all count.
    ///
    /// Proofs are dated to the minute.
    package var believedSince: Timestamp? {
        doubtedAt.map { Timestamp(secondsSinceEpoch: $0.secondsSinceEpoch / 60 * 60) }
    }

    /// Whether a proof counts; see ``believedSince``.
    package func isBelieved(_ observation: Observation) -> Bool {
        believedSince.map { observation.observedAt >= $0 } ?? true
    }

    /// Counts what is held and what was lost.
    package func losses(in catalog: Catalog) -> Losses {
        var losses = Losses()
        for id in catalog.ids.prefix(count) where isHeldOrLost(id) {
            guard catalog.isLive(id) else { continue }
            let observation = self[id]
            guard observation.generation >= catalog.changedIn(id) else { continue }
            if observation.outcome == .present {
                losses.heldCount += 1
                if !isBelieved(observation) { losses.unprovenCount += 1 }
            } else {
                losses.lostCount += 1
                if isLossUndecided(observation) { losses.undecidedCount += 1 }
            }
        }
        return losses
    }

    /// Whether the second look at a file that an access point in doubt lost is still pending, or
    /// had no result.
    package func isLossUndecided(_ observation: Observation) -> Bool {
        guard let doubtedAt, observation.isLoss else { return false }
        return !observation.isConfirmed || observation.askedAt <= doubtedAt
    }

    /// Starts to doubt: proofs from before `now` do not count until their files were checked again.
    package mutating func beginDoubt(now: Timestamp) {
        if doubtedAt == nil { doubtedAt = now }
    }

    /// Ends the doubt once everything was checked again, and drops losses that are no longer
    /// sudden.
    ///
    /// A file that is missing in a second look is then simply missing.
    package mutating func settleLosses(_ losses: Losses, now: Timestamp) {
        if doubtedAt != nil {
            guard losses.unprovenCount == 0, losses.undecidedCount == 0 else { return }
            doubtedAt = nil
        } else {
            guard now.seconds(since: lossesSince) >= Self.lossSeconds else { return }
        }
        lossesSince = now
        forgetConfirmedLosses()
    }
}
