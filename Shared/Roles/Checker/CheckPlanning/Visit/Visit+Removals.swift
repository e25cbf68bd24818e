import Catalogs
import CheckStates
import Mirrors
import Time

// Removed files that clients may still be sent here for. Those that were proven are asked for every
// day, as the least urgent questions; at first, one of the files removed together is asked for more
// often.
//
// Mirrors are supposed to lose these files, so a missing one raises no doubt and no investigation.
// The others that were removed with it are in question from then on, because syncs delete together,
// and are not asked for again.
extension Visit {
    /// The removed files that this access point serves, by the time of their removal.
    struct Removed: Sendable {
        /// The removal of each file.
        var entries: [FileID: Removals.Entry] = [:]

        /// Files removed at the same time, latest first, each group ordered by number.
        var batches: [[Removals.Entry]] {
            let groups = Dictionary(grouping: entries.values, by: \.removedAt)
            return groups.sorted { $0.key > $1.key }.map { group in
                group.value.sorted { $0.file < $1.file }
            }
        }
    }

    /// Finds the removed files that are served from here.
    mutating func collectRemoved(_ now: Timestamp) {
        removed = Removed()
        // Clients are not sent to other protocols, and a question there may cost a listing of the
        // whole tree.
        guard profile.isWeb else { return }
        let removals = policy.removals
        for entry in removals.entries where isServed(entry, removals, now) {
            removed.entries[entry.file] = entry
        }
    }

    private func isServed(_ entry: Removals.Entry, _ removals: Removals, _ now: Timestamp) -> Bool {
        isTrusted(entry.file)
            && removals.isServed(entry, provenAt: state[entry.file].observedAt, now: now)
    }

    /// Plans the questions about removed files up to `end`.
    mutating func planRemoved(until end: Timestamp, _ now: Timestamp) {
        guard !removed.entries.isEmpty else { return }
        var left = PolicySettings.removedLimit
        let batches = removed.batches
        for batch in batches {
            guard left > 0 else { break }
            let files = batch.filter { isTrusted($0.file) && !inFlight.contains($0.file) }
            planPoll(of: files, amongBatches: batches.count, until: end, now)
            for entry in files.prefix(left) {
                planRemoved(entry, at: max(now, dueTime(of: entry)), until: end)
            }
            left -= min(left, files.count)
        }
        plan.entries[plan.position...].sort { $0.dueAt < $1.dueAt }
    }

    private mutating func planRemoved(
        _ entry: Removals.Entry,
        at time: Timestamp,
        until end: Timestamp
    ) {
        guard time <= end, time < policy.removals.endOfService(entry),
            plan.files.insert(entry.file)
        else { return }
        plan.entries.append(Agenda.Entry(entry.file, dueAt: time, expected: .present))
    }

    /// When a removed file must be asked for, because it was not seen for a day.
    private func dueTime(of entry: Removals.Entry) -> Timestamp {
        let observation = state[entry.file]
        if observation.failures > 0 {
            return observation.askedAt.advanced(bySeconds: PolicySettings.removedBackOffSeconds)
        }
        let rest = PolicySettings.removedRestSeconds
        let hash = StableHash.mix(UInt64(entry.file.rawValue) ^ profile.salt)
        let jitter = StableHash.number(hash, below: rest.upperBound - rest.lowerBound)
        let seenAt = max(observation.askedAt, observation.observedAt, entry.removedAt)
        return seenAt.advanced(bySeconds: rest.lowerBound + jitter)
    }

    /// Plans questions about the files that were removed together, one after the other: they
    /// disappear with the mirror's next sync, so one suffices.
    private mutating func planPoll(
        of files: [Removals.Entry],
        amongBatches batchCount: Int,
        until end: Timestamp,
        _ now: Timestamp
    ) {
        guard let removedAt = files.first?.removedAt else { return }
        let order = files.sorted {
            (state[$0.file].askedAt, $0.file) < (state[$1.file].askedAt, $1.file)
        }
        var polledAt = order.last.map { max(state[$0.file].askedAt, removedAt) } ?? removedAt
        for entry in order.prefix(Self.pollLimit) {
            // With many batches, each rests longer, so that the number of polls is bounded.
            let stretch = Int64(1 + batchCount / Self.batchesUnstretched)
            let rest = max(
                PolicySettings.removalPollSeconds,
                polledAt.seconds(since: removedAt) / PolicySettings.removalPollShare * stretch
            )
            let time = max(now, polledAt.advanced(bySeconds: rest))
            guard time <= end else { return }
            planRemoved(entry, at: time, until: end)
            polledAt = time
        }
    }

    /// How many polls of a batch are planned at once: those in an agenda's two hours.
    private static let pollLimit = 8
    /// How many batches are polled as often as a single one: about six a day for two weeks.
    private static let batchesUnstretched = 84

    /// Takes the answer to a question about a removed file that was served from here.
    mutating func takeRemoved(_ entry: Removals.Entry, _ answer: FileAnswer, _ now: Timestamp) {
        var judge = FileJudge(
            generation: catalog.generation,
            recheckSeconds: policy.settings.recheckSeconds
        )
        judge.softNotFound = state.memory.softNotFound
        let expectation = policy.expectation(
            of: entry.file,
            isMutable: mutableFiles.contains(entry.file),
            isWeb: profile.isWeb
        )
        var observation = state[entry.file]
        let minute = Timestamp(
            secondsSinceEpoch: now.secondsSinceEpoch - now.secondsSinceEpoch % 60
        )
        switch judge.finding(answer, expectation, now) {
        case .present:
            observation.observedAt = max(minute, observation.observedAt)
            observation.askedAt = max(minute, observation.askedAt)
            observation.failures = 0
            state[entry.file] = observation
        case .nothing, .silence:
            observation.askedAt = now
            if observation.failures < .max { observation.failures += 1 }
            state[entry.file] = observation
        case .absent: noteRemovedGone(entry, .absent, now)
        case .refused: noteRemovedGone(entry, .refused, now)
        case .altered, .noLength, .old, .undated, .replaced, .previous:
            noteRemovedGone(entry, .altered, now)
        }
    }

    /// Stops serving a file, and those that were removed with it.
    private mutating func noteRemovedGone(
        _ entry: Removals.Entry,
        _ outcome: Observation.Outcome,
        _ now: Timestamp
    ) {
        state[entry.file] = Observation(
            outcome: outcome,
            isConfirmed: true,
            observedAt: now,
            askedAt: now,
            generation: catalog.generation
        )
        removed.entries[entry.file] = nil
        for other in removed.entries.values where other.removedAt == entry.removedAt {
            state[other.file].isQuestioned = true
            removed.entries[other.file] = nil
        }
    }

    /// Renews the proofs of removed files that a listing of their folder shows, and asks for those
    /// that it lacks.
    mutating func takeRemoved(
        _ listed: [FileID: FolderListing.Entry],
        _ listing: FolderListing,
        inFolder folder: ArraySlice<UInt8>,
        _ now: Timestamp
    ) {
        let time = now.secondsSinceEpoch - now.secondsSinceEpoch % 600
        for file in removed.entries.keys.sorted()
        where policy.folderPath(of: file).elementsEqual(folder) && isTrusted(file) {
            if let entry = listed[file], agrees(entry, file) {
                let seenAt = max(state[file].observedAt.secondsSinceEpoch, time)
                state.note(Timestamp(secondsSinceEpoch: seenAt), asSeeing: file)
            } else if listing.isWhole {
                suspicions.insert(file, dueAt: Timestamp(secondsSinceEpoch: 1))
            }
        }
    }
}
