import Catalogs
import CheckStates
import Mirrors
import Time

// The daily work: samplings of neighbourhoods, second looks, long-missing files, and whole folders
// if the protocol lists them.
extension Visit {
    // MARK: - Second looks and rests

    mutating func takeSuspicions(
        _ limit: Int,
        into plannedQuestions: inout [PlannedQuestion],
        _ now: Timestamp
    ) {
        while plannedQuestions.count < limit, let (file, dueAt) = suspicions.popFirst(by: now) {
            guard mayAsk(file) else { continue }
            let observation = state[file]
            // Times in the first seconds of 1970 mean: ask in any case.
            if dueAt.secondsSinceEpoch > 1 {
                let isPlain = observation.outcome == .present && observation.isTrusted
                guard !isPlain || observation.failures > 0 else { continue }
                // A stale entry: its file was asked for since, and there is a later one.
                guard dueTime(of: file, observation) <= now else { continue }
            }
            let contest = state.memory.contests[file.rawValue]
            ask(
                file,
                .suspicion,
                isAlone: observation.failures > 0 || contest != nil,
                address: contest.map { Int($0.proofsLeft) },
                into: &plannedQuestions
            )
        }
    }

    private mutating func takeRests(
        _ limit: Int,
        into plannedQuestions: inout [PlannedQuestion],
        _ now: Timestamp
    ) {
        while plannedQuestions.count < limit, let (file, _) = rests.popFirst(by: now) {
            guard mayAsk(file), !isFresh(file) else { continue }
            let observation = state[file]
            guard observation.outcome != .present, dueTime(of: file, observation) <= now
            else { continue }
            ask(file, .routine, isAlone: observation.isLoss, into: &plannedQuestions)
        }
    }

    private func mayAsk(_ file: FileID) -> Bool {
        let isAsked = neighbourhoods.number(of: file) != nil || removed.entries[file] != nil
        return isAsked && !inFlight.contains(file)
    }

    // MARK: - First pass

    mutating func takeFirstPass(_ limit: Int, into plannedQuestions: inout [PlannedQuestion]) {
        guard totals.firstPassLeft > 0 else { return }
        let order = policy.newestFirst
        while plannedQuestions.count < limit, firstPassPosition < order.count {
            let file = order[firstPassPosition]
            firstPassPosition += 1
            let generation = state.observations.generation(of: file)
            guard generation < catalog.changedIn(file), !inFlight.contains(file),
                !isNews(file, generation), let number = neighbourhoods.number(of: file),
                !tallies[number].isPresumedAbsent
            else { continue }
            ask(file, .firstPass, into: &plannedQuestions)
        }
    }

    // MARK: - Samplings

    /// When samplings have to be planned again.
    var nextPlanAt: Timestamp {
        profile.isWeb
            ? state.memory.served.sampledUntil ?? Timestamp(secondsSinceEpoch: 0) : nextBulkAt
    }

    func isRoutineDue(_ now: Timestamp) -> Bool {
        if !folders.queue.isEmpty || bulk != nil { return true }
        if let time = plan.nextDueAt, time <= now { return true }
        return rests.firstDueAt.map { $0 <= now } ?? false
    }

    mutating func takeRoutine(
        _ limit: Int,
        into plannedQuestions: inout [PlannedQuestion],
        _ now: Timestamp
    ) {
        if profile.isWeb, state.memory.served.sampledUntil.map({ $0 <= now }) ?? true {
            extendPlan(until: now, now)
        }
        while plannedQuestions.count < limit, let time = plan.nextDueAt, time <= now {
            let entry = plan.entries[plan.position]
            plan.position += 1
            plan.files.remove(entry.file)
            guard mayAsk(entry.file), isAsExpected(entry) else { continue }
            ask(entry.file, .routine, into: &plannedQuestions)
        }
        takeRests(limit, into: &plannedQuestions, now)
        takeBulk(limit, into: &plannedQuestions)
        takeFolders(limit, into: &plannedQuestions)
    }

    /// Whether a planned question still applies to the file.
    func isAsExpected(_ entry: Agenda.Entry) -> Bool {
        switch entry.expected {
        case .present: isTrusted(entry.file)
        case .missing: isFresh(entry.file) || state.outcome(of: entry.file) != .present
        }
    }

    // MARK: - Access points that list whole folders

    /// When all files are asked for again; the transports answer from a listing.
    var nextBulkAt: Timestamp {
        guard let last = state.memory.served.listedUntil else {
            return Timestamp(secondsSinceEpoch: 0)
        }
        return last.advanced(bySeconds: PolicySettings.bulkSeconds)
    }

    mutating func beginBulk(_ now: Timestamp) {
        guard !profile.isWeb else { return }
        if state.memory.served.listedUntil == nil { state.memory.served.listedUntil = now }
        guard bulk == nil, nextBulkAt <= now else { return }
        // An interrupted pass is not begun again.
        let latest = now.advanced(bySeconds: -PolicySettings.bulkSeconds / 2)
        bulk = Sweep(before: max(nextBulkAt, latest), isByFolder: true)
    }

    private mutating func takeBulk(_ limit: Int, into plannedQuestions: inout [PlannedQuestion]) {
        while plannedQuestions.count < limit, bulk != nil {
            guard let file = bulk?.next(in: neighbourhoods) else {
                state.memory.served.listedUntil = bulk?.before
                bulk = nil
                return
            }
            guard isTrusted(file), !inFlight.contains(file),
                let before = bulk?.before, state[file].askedAt < before
            else { continue }
            ask(file, .routine, into: &plannedQuestions)
        }
    }
}
