package import Catalogs
package import CheckStates
import Mirrors
package import Time

/// The order of work: which files of an access point are due, and in which order.
///
/// A pure function of the catalog, the state of one access point, the time and the settings.
package struct WorkOrder: Sendable {
    /// The kinds of work, most urgent first; no access point begins a later kind while another has an
    /// earlier one to do.
    package enum Phase: Int, Hashable, Sendable, CaseIterable, Comparable {
        /// Files never asked for here, or changed since: newest first.
        case fresh
        /// Files whose last question brought no proof: suspicions, bad ones, no verdict; newest first.
        case recheck
        /// Proofs that have grown old, or that are doubted: oldest first.
        case revalidate
        /// Removed files that should be gone.
        case removed

        package static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private let catalog: Catalog
    private let settings: CheckSettings
    /// Every file, by the generation that last changed it, then by modification time, newest first.
    private let newestFirst: [FileID]

    package init(catalog: Catalog, settings: CheckSettings) {
        self.catalog = catalog
        self.settings = settings
        // Integers sort several times faster than columns compare. Times count from 1970 to 2106.
        let keys = catalog.ids.map { id in
            let modified = UInt32(clamping: catalog.modified(of: id).secondsSinceEpoch)
            return (UInt64(~catalog.changedIn(id)) << 32 | UInt64(~modified), id.rawValue)
        }
        newestFirst = keys.sorted { $0 < $1 }.map { FileID($0.1) }
    }

    /// What kind of work the file is at `now`, or nil when it is not due.
    ///
    /// `settled` are the files that the current run is done with: it asks about a bad file at most
    /// twice, and about every other once, however short the back-off is set.
    package func phase(
        of id: FileID,
        in state: CheckState,
        settled: FileSet,
        now: Timestamp
    ) -> Phase? {
        let isLive = catalog.isLive(id)
        if isLive, state.generation(of: id) < catalog.changedIn(id) { return .fresh }
        if settled.contains(id) { return nil }
        let observation = state[id]
        if !isLive { return isRemovedDue(id, observation, now) ? .removed : nil }
        if let doubtedAt = state.doubtedAt, observation.isLoss, observation.askedAt <= doubtedAt {
            // The second look does not wait for a back-off of hours.
            let rest = now.seconds(since: observation.askedAt)
            return rest >= settings.recheckAfterSeconds ? .recheck : nil
        }
        if observation.failures > 0 {
            return now >= recheckTime(of: observation) ? .recheck : nil
        }
        if observation.outcome == .present, !state.isBelieved(observation) { return .revalidate }
        let age = now.seconds(since: observation.observedAt)
        return age >= settings.revalidateAfterSeconds ? .revalidate : nil
    }

    /// Whether the run that made `observation` is done with the file.
    ///
    /// Only a first failure is asked about again in the same run, to become a verdict or to be
    /// taken back.
    func isSettled(by observation: Observation) -> Bool {
        observation.failures != 1
    }

    /// When a file that brought no proof may be asked for again.
    private func recheckTime(of observation: Observation) -> Timestamp {
        observation.askedAt.advanced(
            bySeconds: backOffSeconds(afterFailures: observation.failures)
        )
    }

    /// How long a file rests after so many failures in a row: the setting, then twice that, and so on
    /// up to a day.
    package func backOffSeconds(afterFailures failures: UInt8) -> Int64 {
        let base = max(0, settings.recheckAfterSeconds)
        let longest = max(base, CheckSettings.longestBackOffSeconds)
        guard failures > 1 else { return base }
        // 2^17 seconds are more than a day.
        let (delay, overflow) = base.multipliedReportingOverflow(by: 1 << min(failures - 1, 17))
        return overflow ? longest : min(delay, longest)
    }

    /// Removed files are asked for once after their removal, again to confirm that they are gone, and
    /// as seldom as proofs are renewed while they are still there.
    private func isRemovedDue(
        _ id: FileID,
        _ observation: Observation,
        _ now: Timestamp
    ) -> Bool {
        guard let removed = catalog.removed(of: id) else { return false }
        if observation.askedAt < removed { return true }
        if observation.outcome == .absent, observation.isConfirmed { return false }
        if observation.failures == 1 { return now >= recheckTime(of: observation) }
        return now.seconds(since: observation.askedAt) >= settings.revalidateAfterSeconds
    }

    /// The files that are due in `phase`, in the order to ask for them.
    ///
    /// Looks at every file.
    package func queue(
        _ phase: Phase,
        for state: CheckState,
        settled: FileSet = FileSet(),
        now: Timestamp
    ) -> [FileID] {
        let due = newestFirst.filter {
            self.phase(of: $0, in: state, settled: settled, now: now) == phase
        }
        guard phase == .revalidate || phase == .removed else { return due }
        // Time and number in one integer: sorting those is several times faster than comparing.
        let keys = due.map { id in
            UInt64(UInt32(clamping: state[id].askedAt.secondsSinceEpoch)) << 32
                | UInt64(id.rawValue)
        }
        return keys.sorted().map { FileID(UInt32(truncatingIfNeeded: $0)) }
    }

    /// What an access point has and what is left to ask there.
    package func survey(
        _ state: CheckState,
        settled: FileSet = FileSet(),
        now: Timestamp
    ) -> Survey {
        var survey = Survey()
        survey.doubtedAt = state.doubtedAt
        survey.freshness = state.freshness(now: now)
        for id in catalog.ids {
            let phase = phase(of: id, in: state, settled: settled, now: now)
            if let phase { survey.due[phase.rawValue] += 1 }
            guard catalog.isLive(id) else { continue }
            let observation = state[id]
            if observation.failures == 1, phase == nil {
                let time = recheckTime(of: observation)
                survey.nextRecheckAt = min(survey.nextRecheckAt ?? time, time)
            }
            // What was seen before the file changed does not count.
            guard phase != .fresh else {
                survey.unknown += 1
                continue
            }
            switch (observation.outcome, observation.isConfirmed) {
            case (.present, _): survey.present += 1
            case (.unknown, _): survey.unknown += 1
            case (_, false): survey.suspected += 1
            case (.absent, true): survey.absent += 1
            case (.altered, true): survey.altered += 1
            case (.stale, true): survey.stale += 1
            case (.unreachable, true): survey.unreachable += 1
            case (.refused, true): survey.refused += 1
            }
        }
        return survey
    }
}
