import Catalogs
package import CheckStates
import Mirrors
package import Time

// How a visit begins from the stored state.
extension Visit {
    /// Replaces times in the future, which come from a wrong clock, by unknown ones.
    ///
    /// Proofs stand, and their next questions are spread over the cycle as if they had been made
    /// all along it; missing files count as missing from now on. So nothing stops until a wrong
    /// time is reached, and nothing is asked all at once.
    mutating func repairTimes(_ now: Timestamp) {
        let limit = now.advanced(bySeconds: PolicySettings.futureTolerance)
        func isAhead(_ time: Timestamp?) -> Bool { time.map { $0 > limit } ?? false }
        let cycle = policy.settings.cycleSeconds
        totals.futureTimeCount = state.repairTimes(after: limit) { index, observation in
            if observation.outcome == .present {
                let hash = StableHash.mix(UInt64(index) ^ profile.salt)
                let age = StableHash.number(hash, below: cycle)
                observation.observedAt = now.advanced(bySeconds: -age)
                observation.askedAt = observation.observedAt
            } else {
                observation.askedAt = min(observation.askedAt, now)
                observation.observedAt = min(observation.observedAt, now)
            }
        }
        var repaired = 0
        func repair(_ time: inout Timestamp?, ahead seconds: Int64 = 0) {
            guard let known = time, known > limit.advanced(bySeconds: seconds) else { return }
            time = now
            repaired += 1
        }
        repair(&state.beganAt)
        repair(&state.memory.served.sampledUntil, ahead: PolicySettings.horizonSeconds + 900)
        repair(&state.memory.served.listedUntil, ahead: PolicySettings.horizonSeconds + 900)
        repair(&state.memory.served.guardedAt)
        repair(&state.memory.heardUntil)
        repair(&state.memory.inconsistentSince)
        repair(&state.memory.differedAt)
        repair(&state.contradictedAt)
        if state.memory.listing.since > limit { state.memory.listing.since = now }
        if let investigation = state.memory.investigation, investigation.startedAt > limit {
            state.memory.investigation?.startedAt = now
        }
        state.memory.contradictions.removeAll { $0.at > limit }
        if isAhead(state.doubtedAt) { state.redoubt(now: now) }
        totals.futureTimeCount += repaired
    }

    /// Continues from a state of version 1 as if a nonexistent name had been asked for together
    /// with the last question, as version 1 did.
    mutating func takeOverVersion1(_ now: Timestamp) {
        guard state.memory == CheckMemory(), state.count > 0 else { return }
        state.memory.served.guardedAt = now
    }

    /// Takes over what was answered by the agenda alone, and what is still to be asked.
    mutating func takeOver(_ agenda: Agenda?, _ now: Timestamp) {
        guard let agenda, agenda.accessPointID == state.accessPointID,
            agenda.baseURL == state.baseURL
        else {
            // Questions that should have been asked by now are asked again.
            if let until = state.memory.served.sampledUntil {
                let earliest = now.advanced(bySeconds: -PolicySettings.bundleSeconds)
                state.memory.served.sampledUntil = min(until, earliest)
            }
            return
        }
        let oldest = now.advanced(bySeconds: -PolicySettings.guardSeconds)
        for entry in agenda.entries where Int(entry.file.rawValue) < catalog.count {
            guard let answeredAt = entry.answeredAt else {
                // Questions about removed files are planned again.
                guard entry.expected == .present, entry.dueAt >= oldest, isTrusted(entry.file),
                    catalog.isLive(entry.file), plan.files.insert(entry.file)
                else { continue }
                plan.entries.append(entry)
                continue
            }
            guard answeredAt <= now else { continue }
            take(entry, answeredAt, agenda.generation)
        }
    }

    private mutating func take(
        _ entry: Agenda.Entry,
        _ answeredAt: Timestamp,
        _ generation: UInt32
    ) {
        guard !isFresh(entry.file) else {
            guard entry.expected == .missing, state.generation(of: entry.file) == 0 else { return }
            state[entry.file] = Observation(
                outcome: .absent,
                isConfirmed: false,
                observedAt: answeredAt,
                askedAt: answeredAt,
                generation: generation,
                failures: 1
            )
            return
        }
        var observation = state[entry.file]
        guard (observation.outcome == .present) == (entry.expected == .present),
            answeredAt > observation.askedAt
        else { return }
        if entry.expected == .present {
            // Removed files are asked for more often than hourly at first.
            let unit: Int64 = catalog.isLive(entry.file) ? 3_600 : 60
            let seconds = answeredAt.secondsSinceEpoch
            let time = max(
                Timestamp(secondsSinceEpoch: seconds - seconds % unit),
                observation.askedAt
            )
            observation.askedAt = time
            observation.observedAt = max(time, observation.observedAt)
        } else {
            observation.askedAt = answeredAt
            observation.isConfirmed = true
            if observation.failures < .max { observation.failures += 1 }
        }
        state[entry.file] = observation
    }

    /// Counts everything, and sorts the work into queues.
    mutating func begin(_ now: Timestamp) {
        totals.beginAnew()
        tallies = neighbourhoods.haveFiles.map { Tally(hasFiles: $0) }
        search.queue.removeAll()
        news.queue.removeAll()
        latestLosses = []
        var special: [FileID] = []
        var added: [FileID] = []
        tally(special: &special, added: &added, now)
        collectBatches(added, scheduleAll(special, now), now)
        resumeInvestigation(now)
        extendPlan(until: now, now)
        collectRemoved(now)
        planRemoved(until: now, now)
        planFolders(now)
        beginBulk(now)
    }

    /// One pass over all files: counts them, and finds those that are not plainly present.
    private mutating func tally(
        special: inout [FileID],
        added: inout [FileID],
        _ now: Timestamp
    ) {
        let observations = state.observations
        let changedIn = catalog.changeGenerations
        let stateCount = state.count
        let passLength = ObservationColumns.passLength
        var plain: [UInt32] = []
        var presentCount = 0
        for index in neighbourhoods.numbers.indices {
            let place = index % passLength
            if place == 0 {
                plain = observations.presentGenerations(from: index, withoutFailures: true)
            }
            let number = neighbourhoods.numbers[index]
            guard number != Neighbourhoods.none else { continue }
            if place < plain.count, plain[place] > 0, plain[place] >= changedIn[index] {
                tallies[Int(number)].present += 1
                presentCount += 1
                continue
            }
            let file = FileID(UInt32(index))
            if index < stateCount, observations.generation(at: index) >= changedIn[index] {
                count(file, 1)
                special.append(file)
                continue
            }
            totals.counts.unknown += 1
            if observations.outcome(of: file) == .present { tallies[Int(number)].outdated += 1 }
            if isNews(file, observations.generation(of: file)) {
                added.append(file)
            } else {
                tallies[Int(number)].fresh += 1
            }
        }
        totals.counts.present += presentCount
        totals.firstPassLeft = tallies.reduce(0) { $0 + Int($1.firstPassLeft) }
    }

    /// Queues files that are not plainly present, and returns those that are polled with their
    /// batches.
    private mutating func scheduleAll(_ special: [FileID], _ now: Timestamp) -> [FileID] {
        var polled: [FileID] = []
        let oldestLoss = now.advanced(bySeconds: -PolicySettings.doubtSeconds)
        var waiting: [(file: FileID, dueAt: Timestamp)] = []
        var resting: [(file: FileID, dueAt: Timestamp)] = []
        for file in special {
            let observation = state[file]
            if observation.outcome == .present {
                if observation.isQuestioned, observation.failures == 0 {
                    search.queue.append(file)
                } else {
                    waiting.append((file, dueTime(of: file, observation)))
                }
                continue
            }
            if observation.isLoss, observation.observedAt >= oldestLoss {
                latestLosses.append(Contradiction(file, at: observation.observedAt))
            }
            guard let number = neighbourhoods.number(of: file) else { continue }
            if isPolled(file, observation, number) {
                polled.append(file)
                continue
            }
            guard !tallies[number].isPresumedAbsent || observation.isLoss else { continue }
            let dueAt = dueTime(of: file, observation)
            if observation.isConfirmed {
                resting.append((file, dueAt))
            } else {
                waiting.append((file, dueAt))
            }
        }
        suspicions = DueTimes(waiting)
        rests = DueTimes(resting)
        return polled
    }
}

extension Visit {
    /// How another access point's proofs count here.
    package enum Relation: Hashable, Sendable {
        /// The same tree over the other of http and https: its questions count as asked here.
        case twin
        /// A listing of the same mirror: it renews proofs, but asks for nothing.
        case listing
    }

    /// Renews proofs by those of another access point that serves the same tree.
    ///
    /// First proofs are never taken over. Nothing is taken over if either access point is doubted,
    /// if they differed within the last week, or if the file is in question. A twin that is not
    /// trusted, or was not asked for hours, does not share the questions either.
    package mutating func renew(from other: CheckState, as relation: Relation, now: Timestamp) {
        noteDifference(from: other, relation, now)
        guard isBelieved(other, relation, now) else {
            if relation == .twin { profile.share = .all }
            return
        }
        state.renew(
            from: other,
            in: catalog,
            asksCount: relation == .twin,
            askedSince: now.advanced(bySeconds: -PolicySettings.listedProofSeconds),
            now: now
        )
        if relation == .listing { folders.isVouched = true }
    }

    private func isBelieved(_ other: CheckState, _ relation: Relation, _ now: Timestamp) -> Bool {
        guard state.doubtedAt == nil, other.doubtedAt == nil,
            state.memory.inconsistentSince == nil, other.memory.inconsistentSince == nil
        else { return false }
        switch relation {
        case .listing: return !isRecent(state.contradictedAt, now)
        case .twin:
            let askedUntil = other.memory.served.sampledUntil ?? Timestamp(secondsSinceEpoch: 0)
            return !isRecent(state.memory.differedAt, now)
                && !isRecent(other.memory.differedAt, now)
                && now.seconds(since: askedUntil) < PolicySettings.twinPatienceSeconds
        }
    }

    /// Records that the two do not serve the same tree, if several files show it.
    private mutating func noteDifference(
        from other: CheckState,
        _ relation: Relation,
        _ now: Timestamp
    ) {
        var count = state.missingCount(shownBy: other, in: catalog)
        switch relation {
        case .twin:
            count += other.missingCount(shownBy: state, in: catalog)
            if count >= PolicySettings.differenceLimit { state.memory.differedAt = now }
        case .listing:
            if count >= PolicySettings.differenceLimit { state.contradictedAt = now }
        }
    }

    private func isRecent(_ time: Timestamp?, _ now: Timestamp) -> Bool {
        time.map { now.seconds(since: $0) < PolicySettings.listingTrialSeconds } ?? false
    }
}
