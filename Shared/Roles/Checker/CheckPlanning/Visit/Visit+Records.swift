import Catalogs
import CheckStates
import Mirrors
import Time

// What is known of single files, and the counts derived from it.
extension Visit {
    /// What is known of a file in its present version.
    func record(of file: FileID) -> FileJudge.Record {
        FileJudge.Record(
            state[file],
            alteredByteCount: state.alteredByteCount(of: file),
            contest: state.memory.contests.isEmpty
                ? nil : state.memory.contests[file.rawValue]
        )
    }

    /// Replaces what is known of a live file.
    mutating func write(_ record: FileJudge.Record, _ file: FileID, _ now: Timestamp) {
        let number = neighbourhoods.number(of: file)
        let wasPresumedAbsent = number.map { tallies[$0].isPresumedAbsent } ?? false
        count(file, -1)
        state[file] = record.observation
        state.setAlteredByteCount(record.alteredByteCount, of: file)
        if record.contest != nil || !state.memory.contests.isEmpty {
            state.memory.contests[file.rawValue] = record.contest
        }
        count(file, 1)
        if wasPresumedAbsent, let number, !tallies[number].isPresumedAbsent { awaken(number) }
        schedule(file, now)
    }

    /// Whether the file was never asked for in its present version.
    func isFresh(_ file: FileID) -> Bool {
        state.generation(of: file) < catalog.changedIn(file)
    }

    /// Whether the file is proven and clients may be sent to it.
    func isTrusted(_ file: FileID) -> Bool {
        guard state.outcome(of: file) == .present, !isFresh(file) else { return false }
        return state[file].isTrusted
    }

    /// Adds the file to the counts, or with a `sign` of -1 removes it.
    mutating func count(_ file: FileID, _ sign: Int) {
        guard let number = neighbourhoods.number(of: file) else { return }
        let wasPresumedAbsent = tallies[number].isPresumedAbsent
        let freshBefore = tallies[number].fresh
        if isFresh(file) {
            counts.unknown += sign
            if !isNews(file) { tallies[number].fresh += Int32(sign) }
            if state.outcome(of: file) == .present { tallies[number].outdated += Int32(sign) }
        } else {
            let observation = state[file]
            counts[keyPath: Self.field(observation)] += sign
            if observation.outcome == .present {
                tallies[number].present += Int32(sign)
                if observation.isQuestioned { questionedCount += sign }
            } else {
                if observation.outcome == .stale { tallies[number].outdated += Int32(sign) }
                if !isLatelyExpected(file) {
                    tallies[number].missing += Int32(sign)
                    if catalog.leadsToDirectory(file) {
                        tallies[number].missingFolders += Int32(sign)
                    }
                    if observation.isConfirmed { tallies[number].confirmedMissing += Int32(sign) }
                }
                if observation.isLoss { lossCount += sign }
            }
        }
        let isPresumedAbsent = tallies[number].isPresumedAbsent
        let leftBefore = wasPresumedAbsent ? 0 : freshBefore
        let left = isPresumedAbsent ? 0 : tallies[number].fresh
        firstPassLeft += Int(left - leftBefore)
    }

    private static func field(_ observation: Observation) -> WritableKeyPath<FileCounts, Int> {
        switch (observation.outcome, observation.isConfirmed) {
        case (.present, _): observation.isTrusted ? \.present : \.suspected
        case (.unknown, _): \.unknown
        case (_, false): \.suspected
        case (.absent, true): \.absent
        case (.altered, true): \.altered
        case (.stale, true): \.stale
        case (.refused, true): \.refused
        case (.unreachable, true): \.unreachable
        }
    }

    /// Asks again for all of a neighbourhood that was presumed absent.
    private mutating func awaken(_ number: Int) {
        firstPassPosition = 0
        awakenOthers(ofGroupWith: number)
        for file in neighbourhoods[number] where !isFresh(file) {
            guard state.outcome(of: file) != .present else { continue }
            suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 1))
        }
    }

    /// Asks for one file of each other piece of an absent folder, to tell whether all are back.
    private mutating func awakenOthers(ofGroupWith number: Int) {
        let groups = neighbourhoods.groups
        let others = groups.indices.filter { groups[$0] == groups[number] && $0 != number }
        guard !others.contains(where: { tallies[$0].present > 0 }) else { return }
        for other in others where tallies[other].isPresumedAbsent {
            guard let file = neighbourhoods[other].first(where: { !inFlight.contains($0) })
            else { continue }
            suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 1))
        }
    }

    /// Queues the file for its next question.
    mutating func schedule(_ file: FileID, _ now: Timestamp) {
        guard let number = neighbourhoods.number(of: file), !isFresh(file) else { return }
        let observation = state[file]
        guard
            observation.outcome != .present || !observation.isTrusted
                || observation.failures > 0
        else { return }
        if observation.outcome == .present {
            if observation.isQuestioned, observation.failures == 0 {
                doubtQueue.append(file)
            } else {
                suspicions.insert(file, dueAt: dueTime(of: file, observation))
            }
            return
        }
        if isPolled(file, observation, number) { return notePoll(of: file, now) }
        if tallies[number].isPresumedAbsent, !observation.isLoss { return }
        let dueAt = dueTime(of: file, observation)
        if observation.isConfirmed {
            rests.insert(file, dueAt: dueAt)
        } else {
            suspicions.insert(file, dueAt: dueAt)
        }
    }

    /// When a file that is not plainly present may be asked for again.
    func dueTime(of file: FileID, _ observation: Observation) -> Timestamp {
        let rest: Int64
        if observation.outcome == .present, observation.isContested {
            rest = PolicySettings.contestSeconds
        } else if observation.outcome == .unknown || !observation.isConfirmed
            || observation.outcome == .present
        {
            rest = backOffSeconds(afterFailures: observation.failures)
        } else {
            let shortest = PolicySettings.shortestRestSeconds
            let missingSeconds = observation.askedAt.seconds(since: observation.observedAt)
            let wanted =
                observation.isLoss
                ? max(missingSeconds / 2, shortest.lost, contestedRestSeconds(of: file))
                : max(missingSeconds, shortest.other)
            rest =
                isAwaitedByListings(file, observation)
                ? PolicySettings.longestRestSeconds
                : min(wanted, PolicySettings.longestRestSeconds)
        }
        guard observation.isConfirmed, rest > 1_800 else {
            return observation.askedAt.advanced(bySeconds: rest)
        }
        // Spread by up to an eighth, so that files lost together are not asked for together.
        let hash = StableHash.mix(UInt64(file.rawValue) ^ profile.salt)
        let jitter = StableHash.number(hash, below: rest / 8)
        return observation.askedAt.advanced(bySeconds: rest + jitter)
    }

    /// How long a missing contested file rests: if servers are known to differ, and thousands of
    /// files with them, it is not asked for just to confirm that.
    private func contestedRestSeconds(of file: FileID) -> Int64 {
        guard let contest = state.memory.contests[file.rawValue] else { return 0 }
        if state.memory.inconsistentSince != nil { return PolicySettings.differingRestSeconds }
        return min(900 << Int64(min(contest.contradictionCount, 12)), 3 * 86_400)
    }

    /// Whether a listing of its folder would show the file within a day of its arrival.
    private func isAwaitedByListings(_ file: FileID, _ observation: Observation) -> Bool {
        guard state.memory.listing.kind == .useful, observation.outcome == .absent,
            !observation.isLoss, let number = neighbourhoods.number(of: file),
            observation.askedAt.seconds(since: observation.observedAt)
                >= PolicySettings.listingSeconds / 2
        else { return false }
        // A folder without any present file is not listed.
        return tallies[number].present > 0
    }

    /// How long a file rests after so many inconclusive answers in a row: the setting, then
    /// twice that, and so on up to a day.
    private func backOffSeconds(afterFailures failures: UInt8) -> Int64 {
        guard failures > 1 else { return max(0, policy.settings.recheckSeconds) }
        // There is a minimum whatever the setting, so that a useless question is not repeated
        // endlessly.
        let base = max(PolicySettings.shortestBackOffSeconds, policy.settings.recheckSeconds)
        let longest = max(base, PolicySettings.longestBackOffSeconds)
        // 2^17 seconds are more than a day.
        let (delay, overflow) = base.multipliedReportingOverflow(by: 1 << min(failures - 1, 17))
        return overflow ? longest : min(delay, longest)
    }
}
