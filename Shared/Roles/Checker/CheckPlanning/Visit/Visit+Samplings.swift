import Catalogs
import CheckStates
import Mirrors
import Time

// Samplings: when each neighbourhood is asked next, and for which of its files.
extension Visit {
    /// The samplings up to ``ServedTimes/sampledUntil``, by time.
    struct Plan: Sendable {
        var entries: [Agenda.Entry] = []
        /// The first of the entries that were not asked for yet.
        var position = 0
        /// The files of these.
        var files = FileSet()

        /// When the next one is due; nil if none is left.
        var nextDueAt: Timestamp? {
            position < entries.count ? entries[position].dueAt : nil
        }
    }

    /// Plans the samplings up to `end`, each for the files that were asked for by name longest ago.
    mutating func extendPlan(until end: Timestamp, _ now: Timestamp) {
        guard profile.isWeb else { return }
        let earliest = now.advanced(bySeconds: -PolicySettings.patienceSeconds)
        let start = max(state.memory.served.sampledUntil ?? now, earliest)
        guard end > start else { return }
        state.memory.served.sampledUntil = end
        plan.entries.removeSubrange(..<plan.position)
        plan.position = 0
        let samplingSeconds = samplingSeconds
        let absentGroups = absentGroups
        let smallTreeCycle = smallTreeCycle
        for number in neighbourhoods.keys.indices where neighbourhoods.size(of: number) > 0 {
            let period = samplingSeconds * samplingStride(of: number)
            if let pieces = absentGroups[neighbourhoods.groups[number]] {
                planSample(ofAbsent: pieces, number, from: start, to: end)
                continue
            }
            var slot = profile.slot(of: neighbourhoods.keys[number], every: period, after: start)
            while slot <= end {
                planSampling(of: number, at: slot, atLeastEvery: smallTreeCycle, now)
                slot = slot.advanced(bySeconds: period * profile.share.count)
            }
        }
        plan.entries.sort { $0.dueAt < $1.dueAt }
    }

    private mutating func planSampling(
        of number: Int,
        at slot: Timestamp,
        atLeastEvery smallTreeCycle: Int64?,
        _ now: Timestamp
    ) {
        if tallies[number].isPresumedAbsent { return planSample(ofAbsent: number, at: slot) }
        guard tallies[number].present > 0 else { return }
        let files = neighbourhoods[number]
        // Among files asked for at the same time, different ones each time.
        let hash = StableHash.mix(
            neighbourhoods.keys[number] ^ UInt64(bitPattern: slot.secondsSinceEpoch)
        )
        let offset = Int(StableHash.number(hash, below: Int64(files.count)))
        let wanted = samplingSize(number, at: slot, atLeastEvery: smallTreeCycle, now)
        var oldest: [(askedAt: UInt32, file: FileID)] = []
        let observations = state.observations
        for position in 0..<files.count {
            let rotated = position + offset
            let file = files[rotated < files.count ? rotated : rotated - files.count]
            let index = Int(file.rawValue)
            guard index < observations.count else { continue }
            let askedAt = observations.askedTime(at: index)
            if oldest.count == wanted, let last = oldest.last, askedAt >= last.askedAt { continue }
            guard isTrusted(file), !plan.files.contains(file), !inFlight.contains(file)
            else { continue }
            let position = oldest.firstIndex { askedAt < $0.askedAt } ?? oldest.count
            oldest.insert((askedAt, file), at: position)
            if oldest.count > wanted { oldest.removeLast() }
        }
        for (_, file) in oldest {
            plan.files.insert(file)
            plan.entries.append(Agenda.Entry(file, dueAt: slot, expected: .present))
        }
    }

    /// How many files of a neighbourhood, at least one, a sampling asks for, so that all are asked
    /// for within a cycle.
    private func samplingSize(
        _ number: Int,
        at slot: Timestamp,
        atLeastEvery smallTreeCycle: Int64?,
        _ now: Timestamp
    ) -> Int {
        let period = samplingSeconds * samplingStride(of: number) * profile.share.count
        let usual =
            isListed(number, now)
            ? policy.settings.listedCycleSeconds : policy.settings.cycleSeconds
        let sampled = isLarge(number) ? smallTreeCycle ?? usual : usual
        let cycle = min(usual, sampled) * profile.share.count
        let rate = Double(tallies[number].present) * Double(period) / Double(max(1, cycle))
        let index = Double(slot.secondsSinceEpoch / max(1, period))
        let size = ((index + 1) * rate).rounded(.down) - (index * rate).rounded(.down)
        return max(1, min(Int(size), Int(tallies[number].present)))
    }

    /// The time between two samplings of a neighbourhood.
    private var samplingSeconds: Int64 {
        policy.settings.samplingSeconds(count: neighbourhoods.count - neighbourhoods.smallCount / 2)
    }

    /// How many samplings of others there are to one of this neighbourhood.
    private func samplingStride(of number: Int) -> Int64 {
        neighbourhoods.size(of: number) < Neighbourhoods.smallSize ? 2 : 1
    }

    /// The minimum number of samples of all neighbourhoods together in ``samplingSeconds``.
    private var samplesPerPeriod: Int64 {
        max(1, samplingSeconds * PolicySettings.samplesInFiveMinutes / 300)
    }

    /// Whether a neighbourhood's share of these samples exceeds what it gets anyway.
    private func isLarge(_ number: Int) -> Bool {
        Int64(tallies[number].present) * samplesPerPeriod >= Int64(totals.counts.present)
    }

    /// How often the files of large neighbourhoods in a small tree are asked for.
    ///
    /// The tree gets as many samples as larger ones, but no file is asked for more than about twice
    /// an hour; nil if a cycle is more frequent.
    ///
    /// It depends on the number of files: each of a hundred links in one neighbourhood is as likely
    /// to be lost as the only file of another. Neighbourhoods with one question a sampling leave
    /// the rest to others, but never less than half.
    private var smallTreeCycle: Int64? {
        let present = Int64(totals.counts.present)
        let wanted = samplesPerPeriod
        // A mirror with little of a large tree is asked as the others are.
        guard present > 0,
            Int64(totals.counts.total) * samplingSeconds / wanted < policy.settings.cycleSeconds
        else { return nil }
        // In half questions, for those that skip every other sampling.
        var (left, files) = (2 * wanted, present)
        for (number, tally) in tallies.enumerated()
        where tally.present > 0 && !isLarge(number) {
            left -= 2 / samplingStride(of: number)
            files -= Int64(tally.present)
        }
        guard files > 0 else { return nil }
        let pace = max(left * present, wanted * files)
        return max(2 * files * present * samplingSeconds / max(1, pace), 1_800)
    }

    /// The pieces of groups with several pieces of which nothing is there, such as all links of a
    /// large folder.
    private var absentGroups: [Int: Range<Int>] {
        var groups: [Int: Range<Int>] = [:]
        var number = 0
        while number < tallies.count {
            let group = neighbourhoods.groups[number]
            var end = number
            var isAbsent = true
            while end < tallies.count, neighbourhoods.groups[end] == group {
                let isEmpty = neighbourhoods.size(of: end) == 0
                isAbsent = isAbsent && (isEmpty || tallies[end].isPresumedAbsent)
                end += 1
            }
            if isAbsent, end - number > 1 { groups[group] = number..<end }
            number = end
        }
        return groups
    }

    /// A file of one of several absent pieces: another piece each half day.
    private mutating func planSample(
        ofAbsent pieces: Range<Int>,
        _ number: Int,
        from start: Timestamp,
        to end: Timestamp
    ) {
        let period = PolicySettings.absentRestSeconds.lowerBound
        let slot = profile.slot(
            of: neighbourhoods.keys[pieces.lowerBound],
            every: period,
            after: start
        )
        let index = UInt64(bitPattern: slot.secondsSinceEpoch / period)
        let piece = StableHash.number(StableHash.mix(index), below: Int64(pieces.count))
        guard slot <= end, pieces.lowerBound + Int(piece) == number else { return }
        planSample(ofAbsent: number, at: slot)
    }

    /// One file of a neighbourhood that is presumed absent, once its rest is over.
    private mutating func planSample(ofAbsent number: Int, at slot: Timestamp) {
        // The group is absent since the last file went, however long the others have been missing.
        var (since, askedAt) = (Timestamp(secondsSinceEpoch: 0), Timestamp(secondsSinceEpoch: 0))
        var oldest: (file: FileID, askedAt: Timestamp)?
        var latest: (file: FileID, askedAt: Timestamp)?
        for file in neighbourhoods[number] {
            let observation = isFresh(file) ? Observation.never : state[file]
            // One at a time.
            guard !plan.files.contains(file), !inFlight.contains(file) else { return }
            if oldest.map({ observation.askedAt < $0.askedAt }) ?? true {
                oldest = (file, observation.askedAt)
            }
            guard observation.generation > 0 else { continue }
            askedAt = max(askedAt, observation.askedAt)
            if observation.observedAt > since { latest = nil }
            since = max(since, observation.observedAt)
            if observation.observedAt == since,
                latest.map({ observation.askedAt < $0.askedAt }) ?? true
            {
                latest = (file, observation.askedAt)
            }
        }
        // Half of the time, one of the files lost last: otherwise files that never existed would
        // always come first, and refused or temporarily lost ones never.
        if StableHash.mix(UInt64(bitPattern: slot.secondsSinceEpoch)) & 1 == 0, let latest {
            oldest = latest
        }
        guard let oldest else { return }
        let limits = PolicySettings.absentRestSeconds
        let missingSeconds = askedAt.seconds(since: since)
        // Few files are asked for hourly at first, like any other missing file.
        let wanted =
            tallies[number].missing < PolicySettings.absentSampleSize
            ? max(missingSeconds, PolicySettings.shortestRestSeconds.other)
            : max(missingSeconds / 4, limits.lowerBound)
        let rest =
            profile.accessPoint.isPartial
            ? PolicySettings.partialRestSeconds : min(wanted, limits.upperBound)
        guard slot.seconds(since: askedAt) >= rest else { return }
        plan.files.insert(oldest.file)
        plan.entries.append(Agenda.Entry(oldest.file, dueAt: slot, expected: .missing))
    }
}
