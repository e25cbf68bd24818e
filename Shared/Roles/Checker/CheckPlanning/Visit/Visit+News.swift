import Catalogs
import CheckStates
import Mirrors
import Time

// What was added to the catalog since the first pass. A few files of each batch are polled until
// one is there; then all of it is asked for, and all other batches are polled, because a mirror
// gets them together.
extension Visit {
    /// The batches of news, and when they are polled.
    struct News: Sendable {
        var queue = FileQueue()
        var batches: [Batch] = []
        /// For each generation, the index of its batch.
        var batchNumbers: [UInt32: Int] = [:]
        private(set) var nextPollAt: Timestamp?
        /// Whether a file appeared in this visit.
        var hasAppeared = false

        /// Finds the next poll after batches changed.
        mutating func schedule() { nextPollAt = batches.map(\.nextPollAt).min() }
    }

    /// Whether the file was added after the first pass began, or since the last visit, and its
    /// present version was never asked for.
    ///
    /// The first pass of a mirror may begin between the publication of a file and the moment when
    /// the checker knows of it.
    func isNews(_ file: FileID) -> Bool {
        isNews(file, state.observations.generation(of: file))
    }

    /// Whether a file is news, given the generation of its observation.
    @inline(__always)
    func isNews(_ file: FileID, _ generation: UInt32) -> Bool {
        if generation > 0 { return true }
        if let knownGeneration, catalog.changedIn(file) > knownGeneration { return true }
        guard let beganAt = state.beganAt else { return false }
        return catalog.firstSeen(of: file) > beganAt
    }

    /// Whether the file was added after the first pass began, and recently before this visit.
    func isLatelyExpected(_ file: FileID) -> Bool {
        guard let beganAt = state.beganAt else { return false }
        let since = policy.expectedSince(file)
        return since > beganAt && openedAt.seconds(since: since) < PolicySettings.newsSeconds
    }

    /// Whether a missing file is asked for with its batch.
    func isPolled(
        _ file: FileID,
        _ observation: Observation,
        _ number: Int
    ) -> Bool {
        observation.outcome != .present && !observation.isLoss
            && (state.memory.contests.isEmpty || state.memory.contests[file.rawValue] == nil)
            && !tallies[number].isPresumedAbsent && isLatelyExpected(file)
    }

    /// Groups news by generation: `fresh` files, and those that were missing when asked for.
    mutating func collectBatches(_ fresh: [FileID], _ missing: [FileID], _ now: Timestamp) {
        news.batches = []
        news.batchNumbers = [:]
        for file in fresh + missing {
            guard let number = neighbourhoods.number(of: file),
                !tallies[number].isPresumedAbsent
            else { continue }
            let (generation, since) = (catalog.changedIn(file), policy.expectedSince(file))
            let batch = news.batchNumbers[generation] ?? news.batches.count
            if batch == news.batches.count {
                news.batchNumbers[generation] = batch
                news.batches.append(Batch(generation: generation, since: since))
            }
            news.batches[batch].since = min(max(news.batches[batch].since, since), now)
            news.batches[batch].files.append(file)
        }
        for file in missing {
            guard let batch = news.batchNumbers[catalog.changedIn(file)] else { continue }
            let askedAt = state[file].askedAt
            news.batches[batch].polledAt = max(news.batches[batch].polledAt ?? askedAt, askedAt)
        }
        news.schedule()
    }

    /// Records that a file of a batch was asked for and is missing.
    mutating func notePoll(of file: FileID, _ now: Timestamp) {
        guard let batch = news.batchNumbers[catalog.changedIn(file)] else { return }
        news.batches[batch].polledAt = max(news.batches[batch].polledAt ?? now, now)
        news.schedule()
    }

    mutating func takeNews(
        _ limit: Int,
        into plannedQuestions: inout [PlannedQuestion],
        _ now: Timestamp
    ) {
        if let time = news.nextPollAt, time <= now { pollDueBatches(now) }
        while plannedQuestions.count < limit, let file = news.queue.popFirst() {
            guard neighbourhoods.number(of: file) != nil, !inFlight.contains(file),
                isFresh(file) || state.outcome(of: file) != .present
            else { continue }
            ask(file, .news, into: &plannedQuestions)
        }
    }

    /// Queues polls of the batches that are due, the most overdue first if there are many.
    private mutating func pollDueBatches(_ now: Timestamp) {
        let due = news.batches.indices.filter { news.batches[$0].nextPollAt <= now }
        func delay(_ batch: Int) -> Double {
            let late = now.seconds(since: news.batches[batch].nextPollAt)
            return Double(late) / Double(max(1, news.batches[batch].restSeconds))
        }
        let order =
            due.count <= PolicySettings.pollLimit
            ? due : due.map { ($0, delay($0)) }.sorted { $0.1 > $1.1 }.map(\.0)
        for batch in order.prefix(PolicySettings.pollLimit) { poll(batch, now) }
        let later = now.advanced(bySeconds: PolicySettings.pollSeconds / 2)
        for batch in order.dropFirst(PolicySettings.pollLimit) {
            news.batches[batch].postponedUntil = later
        }
        news.schedule()
    }

    /// Queues the files of a batch that were asked for longest ago.
    private mutating func poll(_ batch: Int, _ now: Timestamp) {
        news.batches[batch].polledAt = now
        let missing = news.batches[batch].files.filter {
            isFresh($0) || state.outcome(of: $0) != .present
        }
        news.batches[batch].files = missing
        // Nothing more will come of it.
        if missing.isEmpty {
            news.batches[batch].postponedUntil = Timestamp(secondsSinceEpoch: .max)
        }
        let files = missing.filter { !inFlight.contains($0) }
        news.queue.append(contentsOf: leastLatelyAsked(files, pollSize))
    }

    /// How many files of a batch a poll asks for: two a mirror, whichever of its twins asks.
    private var pollSize: Int { max(1, PolicySettings.pollSize / Int(profile.share.count)) }

    private func leastLatelyAsked(_ files: [FileID], _ count: Int) -> [FileID] {
        guard files.count > count else { return files }
        let keys = files.map { file in
            (
                isFresh(file) ? 0 : state[file].askedAt.secondsSinceEpoch,
                StableHash.mix(UInt64(file.rawValue) ^ profile.salt), file
            )
        }
        return keys.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(count).map(\.2)
    }

    /// Asks for all of a batch after one of its files appeared, and polls the others.
    mutating func noteAppearance(of file: FileID, _ now: Timestamp) {
        news.hasAppeared = true
        guard !news.batches.isEmpty, let batch = news.batchNumbers[catalog.changedIn(file)],
            !news.batches[batch].isAskedWhole
        else { return }
        news.batches[batch].isAskedWhole = true
        news.batches[batch].polledAt = now
        news.queue.append(contentsOf: news.batches[batch].files)
        for other in news.batches.indices where !news.batches[other].isAskedWhole {
            guard news.batches[other].polledAt.map({ now.seconds(since: $0) > 60 }) ?? true
            else { continue }
            news.batches[other].postponedUntil = nil
            poll(other, now)
        }
        news.schedule()
    }

    /// The polls up to `end`, for an agenda.
    func polls(until end: Timestamp, _ now: Timestamp) -> [Agenda.Entry] {
        var entries: [Agenda.Entry] = []
        // As many as a visit polls; the rest later.
        let stretch = Int64(
            (news.batches.count + PolicySettings.pollLimit - 1) / PolicySettings.pollLimit
        )
        for batch in news.batches {
            let files = batch.files.filter { isFresh($0) || state.outcome(of: $0) != .present }
            guard !files.isEmpty else { continue }
            var order = leastLatelyAsked(files, min(files.count, 24))[...]
            var batch = batch
            while batch.nextPollAt <= end {
                let time = max(batch.nextPollAt, now)
                for file in order.prefix(pollSize) {
                    entries.append(Agenda.Entry(file, dueAt: time, expected: .missing))
                }
                order = order.dropFirst(pollSize)
                if order.isEmpty { order = leastLatelyAsked(files, min(files.count, 24))[...] }
                batch.postponedUntil = nil
                batch.polledAt = time.advanced(bySeconds: batch.restSeconds * (max(1, stretch) - 1))
            }
        }
        return entries
    }
}
