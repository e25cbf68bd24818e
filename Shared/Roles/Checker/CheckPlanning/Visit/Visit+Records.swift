import Catalogs
import CheckStates
import Mirrors
import Time

// What is known of single files, and the counts derived from it.
//
// Some of it is inlined by attribute: a call to a method that does not change a visit copies all of
// it, two kilobytes, if the caller might change it.
extension Visit {
    /// What is known of a file in its present version.
    @inline(__always)
    func record(of file: FileID) -> FileJudge.Record {
        FileJudge.Record(
            state.observations[file],
            alteredByteCount: state.alteredByteCount(of: file),
            contest: state.memory.contests.isEmpty
                ? nil : state.memory.contests[file.rawValue]
        )
    }

    /// Replaces what is known of a live file, whose observation was `before`.
    mutating func write(
        _ record: FileJudge.Record,
        _ file: FileID,
        replacing before: Observation,
        _ now: Timestamp
    ) {
        state[file] = record.observation
        state.setAlteredByteCount(record.alteredByteCount, of: file)
        if record.contest != nil || !state.memory.contests.isEmpty {
            state.memory.contests[file.rawValue] = record.contest
        }
        guard let number = neighbourhoods.number(of: file) else { return }
        let wasPresumedAbsent = tallies[number].isPresumedAbsent
        count(file, before, in: number, -1)
        count(file, record.observation, in: number, 1)
        if wasPresumedAbsent, !tallies[number].isPresumedAbsent { awaken(number) }
        schedule(file, record.observation, in: number, now)
    }

    /// Whether the file was never asked for in its present version.
    @inline(__always)
    func isFresh(_ file: FileID) -> Bool {
        state.observations.generation(of: file) < catalog.changedIn(file)
    }

    /// Whether the file is proven and clients may be sent to it.
    func isTrusted(_ file: FileID) -> Bool {
        let observation = state.observations[file]
        return observation.isTrusted && observation.generation >= catalog.changedIn(file)
    }

    /// Adds the file to the counts, or with a `sign` of -1 removes it.
    mutating func count(_ file: FileID, _ sign: Int) {
        guard let number = neighbourhoods.number(of: file) else { return }
        count(file, state.observations[file], in: number, sign)
    }

    /// Adds a file of the neighbourhood `number` with the given observation to the counts.
    private mutating func count(
        _ file: FileID,
        _ observation: Observation,
        in number: Int,
        _ sign: Int
    ) {
        // Changed as a whole, because each change within an array looks whether it is shared.
        var tally = tallies[number]
        let leftBefore = tally.firstPassLeft
        if observation.generation < catalog.changedIn(file) {
            totals.counts.unknown += sign
            if !isNews(file, observation.generation) { tally.fresh += Int32(sign) }
            if observation.outcome == .present { tally.outdated += Int32(sign) }
        } else {
            totals.counts.add(observation, sign)
            if observation.outcome == .present {
                tally.present += Int32(sign)
                if observation.isQuestioned { totals.questionedCount += sign }
            } else {
                countMissing(file, observation, in: &tally, sign)
            }
        }
        tallies[number] = tally
        totals.firstPassLeft += Int(tally.firstPassLeft - leftBefore)
    }

    private mutating func countMissing(
        _ file: FileID,
        _ observation: Observation,
        in tally: inout Tally,
        _ sign: Int
    ) {
        if observation.outcome == .stale { tally.outdated += Int32(sign) }
        if !isLatelyExpected(file) {
            tally.missing += Int32(sign)
            if catalog.leadsToDirectory(file) { tally.missingFolders += Int32(sign) }
            if observation.isConfirmed { tally.confirmedMissing += Int32(sign) }
        }
        if observation.isLoss { totals.lossCount += sign }
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

    /// Queues a file of the neighbourhood `number` for its next question.
    private mutating func schedule(
        _ file: FileID,
        _ observation: Observation,
        in number: Int,
        _ now: Timestamp
    ) {
        guard !observation.isTrusted || observation.failures > 0,
            observation.generation >= catalog.changedIn(file)
        else { return }
        if observation.outcome == .present {
            if observation.isQuestioned, observation.failures == 0 {
                search.queue.append(file)
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

extension FileCounts {
    /// Adds a file with this observation, or with a `sign` of -1 removes it.
    fileprivate mutating func add(_ observation: Observation, _ sign: Int) {
        switch (observation.outcome, observation.isConfirmed) {
        case (.present, _):
            if observation.isTrusted { present += sign } else { suspected += sign }
        case (.unknown, _): unknown += sign
        case (_, false): suspected += sign
        case (.absent, true): absent += sign
        case (.altered, true): altered += sign
        case (.stale, true): stale += sign
        case (.refused, true): refused += sign
        case (.unreachable, true): unreachable += sign
        }
    }
}
