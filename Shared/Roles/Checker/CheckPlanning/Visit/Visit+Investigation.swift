import Catalogs
import CheckStates
import Mirrors
import Time

// What follows from a contradicted proof. The neighbourhood of the file, with all paths that
// lead there, is in question: clients are not sent to a file in it until it was asked for again.
// Random files tell whether more is lost; after the loss of a recent file the newest files do,
// because a mirror that went back in time lacks those.
extension Visit {
    /// Acts on a contradicted proof.
    mutating func noteLoss(of file: FileID, _ now: Timestamp) {
        doubtRevision += 1
        latestLosses.append(Contradiction(file, at: now))
        // Mirrors replace a pointer to the newest build before the catalog knows.
        guard !mutableFiles.contains(file) else { return }
        let number = neighbourhoods.number(of: file)
        let isElsewhere = state.memory.contradictions.contains { contradiction in
            now.seconds(since: contradiction.at) < PolicySettings.contradictionSeconds
                && neighbourhoods.number(of: contradiction.file) != number
        }
        state.memory.contradictions.append(Contradiction(file, at: now))
        let surplus = state.memory.contradictions.count - CheckMemory.contradictionLimit
        if surplus > 0 { state.memory.contradictions.removeFirst(surplus) }
        // If servers differ, it is known that any file may be missing.
        guard state.memory.inconsistentSince == nil else { return }
        // That scan finds the rest by itself; but a link may be older or newer than its target.
        if let newest = search.newest, newest.contains(file) {
            putLinksInQuestion(of: file, now)
            return
        }
        investigate(isRecent: isRecent(file, now), now)
        if state.memory.investigation?.scope != .everything {
            if let number { putInQuestion(Array(neighbourhoods[number]), now) }
            putInQuestion(related(to: file), now)
        }
        if isElsewhere { widen(to: .eachNeighbourhood, now) }
    }

    /// Acts on the first refusal of a proven file: whether its neighbours are refused as well tells
    /// more than a second look at it.
    mutating func noteRefusal(of file: FileID, _ now: Timestamp) {
        doubtRevision += 1
        guard state.memory.inconsistentSince == nil,
            !mutableFiles.contains(file),
            let number = neighbourhoods.number(of: file)
        else { return }
        investigate(isRecent: false, now)
        guard state.memory.investigation?.scope != .everything else { return }
        putInQuestion(Array(neighbourhoods[number]), now)
        putInQuestion(related(to: file), now)
        if refusals.neighbourhoodCount > 1 { widen(to: .eachNeighbourhood, now) }
        noteLostNeighbour(number, now)
    }

    /// For a file in a small folder, puts the links to it and its own target in question.
    ///
    /// Too little can be lost in such a folder to show that all of it is; in larger ones, asking
    /// for each link would delay the search that tells.
    mutating func putLinksInQuestion(of file: FileID, _ now: Timestamp) {
        guard state.doubtedAt == nil, state.memory.inconsistentSince == nil,
            state.memory.investigation?.scope != .everything,
            let number = neighbourhoods.number(of: file),
            neighbourhoods[number].count < PolicySettings.smallFolderCount
        else { return }
        let target = policy.targets.target(of: file).map { [$0] } ?? []
        putInQuestion(policy.targets.closure(of: [file]).sorted() + target, now)
    }

    /// The links to a file, and the neighbours of its target: a link is lost with its target.
    private func related(to file: FileID) -> [FileID] {
        var files = Array(policy.targets.closure(of: [file]))
        if let target = policy.targets.target(of: file),
            let number = neighbourhoods.number(of: target)
        {
            files += neighbourhoods[number]
        }
        return files.sorted()
    }

    /// Begins an investigation, or adds to the one in progress.
    mutating func investigate(isRecent: Bool, _ now: Timestamp) {
        if state.memory.investigation == nil {
            // To the minute, as proofs are dated.
            let minute = now.secondsSinceEpoch - now.secondsSinceEpoch % 60
            state.memory.investigation = Investigation(
                scope: .neighbourhood,
                startedAt: Timestamp(secondsSinceEpoch: minute),
                sampleLeft: UInt8(PolicySettings.sampleSize),
                newestLeft: 0
            )
            guards.stage.renew()
        }
        if isRecent, search.newest == nil {
            state.memory.investigation?.newestLeft = UInt8(PolicySettings.newestRun)
        }
        resumeInvestigation(now)
    }

    /// Queues what an investigation still has to ask for.
    mutating func resumeInvestigation(_ now: Timestamp) {
        if state.doubtedAt != nil, state.memory.doubtReason != .contradictory,
            state.memory.investigation == nil
        {
            beginVerification(now)
        }
        guard let investigation = state.memory.investigation else { return }
        if investigation.newestLeft > 0, search.newest == nil {
            search.newest = NewestScan(runLeft: Int(investigation.newestLeft))
            extendNewest(now)
        }
        if search.sweep == nil, investigation.scope > .neighbourhood {
            search.sweep = Sweep(
                before: investigation.startedAt,
                isByFolder: false,
                roundLimit: investigation.scope == .everything ? .max : 1
            )
        }
        if investigation.sampleLeft > 0, search.sampled.isEmpty, search.newest == nil {
            drawSample(Int(investigation.sampleLeft), now)
        }
    }

    /// What an access point in doubt has to show: everything after losses, otherwise its newest
    /// files and some random ones.
    private mutating func beginVerification(_ now: Timestamp) {
        guard shutUntil == nil else { return }
        let minute = now.secondsSinceEpoch - now.secondsSinceEpoch % 60
        let isLost = (state.memory.doubtReason ?? .lost) == .lost
        state.memory.investigation = Investigation(
            scope: isLost ? .everything : .neighbourhood,
            startedAt: isLost
                ? state.believedSince ?? Timestamp(secondsSinceEpoch: minute)
                : Timestamp(secondsSinceEpoch: minute),
            sampleLeft: isLost ? 0 : UInt8(PolicySettings.sampleSize),
            newestLeft: isLost ? 0 : UInt8(PolicySettings.newestRun)
        )
        guards.stage.renew()
    }

    /// Keeps clients from proven files until these were asked for again.
    mutating func putInQuestion(_ files: [FileID], _ now: Timestamp) {
        let startedAt = state.memory.investigation?.startedAt ?? now
        for file in files where isTrusted(file) && state[file].askedAt < startedAt {
            count(file, -1)
            state[file].isQuestioned = true
            count(file, 1)
            if !inFlight.contains(file) { search.queue.append(file) }
            doubtRevision += 1
        }
    }

    /// Chooses random proven files: different ones in each investigation, but the same when a later
    /// visit resumes one.
    private mutating func drawSample(_ size: Int, _ now: Timestamp) {
        guard let investigation = state.memory.investigation, catalog.count > 0 else { return }
        var hash = StableHash.mix(
            profile.salt ^ UInt64(bitPattern: investigation.startedAt.secondsSinceEpoch)
                ^ UInt64(size) << 40
        )
        var left = size
        // Most files are proven; if few are, all of them are asked for soon.
        for _ in 0..<40 * PolicySettings.sampleSize where left > 0 {
            hash = StableHash.mix(hash)
            let file = FileID(UInt32(StableHash.number(hash, below: Int64(catalog.count))))
            guard isTrusted(file), state[file].askedAt < investigation.startedAt,
                !search.sampled.contains(file), neighbourhoods.number(of: file) != nil
            else { continue }
            search.sampled.insert(file)
            search.queue.append(file)
            left -= 1
        }
        if left > 0 { state.memory.investigation?.sampleLeft -= UInt8(left) }
    }

    /// Whether the file is so new that going back in time would lose it.
    private func isRecent(_ file: FileID, _ now: Timestamp) -> Bool {
        now.seconds(since: policy.expectedSince(file)) < PolicySettings.recentSeconds
    }

    // MARK: - Questions

    mutating func takeDoubts(
        _ limit: Int,
        into plannedQuestions: inout [PlannedQuestion],
        _ now: Timestamp
    ) {
        while plannedQuestions.count < limit, let file = search.queue.popFirst() {
            guard !inFlight.contains(file) else { continue }
            guard isOpenQuestion(file) else {
                // A file that was returned may have been settled in another way since.
                settleNewest(file, isThere: presence(of: file), now)
                continue
            }
            ask(file, .doubt, into: &plannedQuestions)
        }
        while plannedQuestions.count < limit, let file = search.newest?.next() {
            // Its pending answer will settle it.
            guard !inFlight.contains(file) else { continue }
            guard isOpenQuestion(file) else {
                settleNewest(file, isThere: presence(of: file), now)
                continue
            }
            ask(file, .doubt, into: &plannedQuestions)
        }
        while plannedQuestions.count < limit, search.sweep != nil {
            var ahead = search.sweep
            let next = ahead?.next(in: neighbourhoods) { file in
                !inFlight.contains(file) && isOpenQuestion(file)
            }
            search.sweep = ahead
            guard let file = next else {
                search.sweep = nil
                settleInvestigation(now)
                break
            }
            guard !inFlight.contains(file), isOpenQuestion(file) else { continue }
            search.swept.insert(file)
            ask(file, .doubt, into: &plannedQuestions)
        }
    }

    /// Whether a file is there, as far as is known; nil if its present version is unknown.
    private func presence(of file: FileID) -> Bool? {
        guard neighbourhoods.number(of: file) != nil, !isFresh(file) else { return nil }
        return state.outcome(of: file) == .present
    }

    /// Whether a file must be asked for again, because it is in question or part of an
    /// investigation.
    private func isOpenQuestion(_ file: FileID) -> Bool {
        guard neighbourhoods.number(of: file) != nil, !isFresh(file),
            state.outcome(of: file) == .present
        else { return false }
        let observation = state[file]
        if observation.isQuestioned { return observation.failures == 0 }
        guard let startedAt = state.memory.investigation?.startedAt else { return false }
        return observation.askedAt < startedAt && !observation.isContested
    }

    // MARK: - What came of them

    /// Counts the findings of an investigation, and widens it if they are many.
    mutating func noteInvestigated(_ file: FileID, _ event: FileJudge.Event, _ now: Timestamp) {
        guard state.memory.investigation != nil else { return }
        let isThere: Bool?
        switch event {
        case .lost, .lostInDoubt: isThere = false
        case .renewed: isThere = true
        case .appeared, .flapped, .refusedOnce, .unchanged, .undecided: isThere = nil
        }
        let isLost = isThere == false
        settleNewest(file, isThere: isThere, now)
        if search.sampled.contains(file) {
            search.sampled.remove(file)
            if let left = state.memory.investigation?.sampleLeft, left > 0 {
                state.memory.investigation?.sampleLeft = left - 1
            }
            if isLost { state.memory.investigation?.sampleLost += 1 }
            if let lost = state.memory.investigation?.sampleLost, lost >= 2 {
                doubtAll(.lost, now)
            }
        }
        if search.swept.contains(file) {
            search.swept.remove(file)
            guard isThere != nil else { return }
            state.memory.investigation?.askedCount += 1
            if isLost { state.memory.investigation?.lostCount += 1 }
            weighSweep(now)
        }
        if isLost, let number = neighbourhoods.number(of: file) { noteLostNeighbour(number, now) }
        if totals.lossCount > 0, shrinks { doubtAll(.lost, now) }
    }

    /// Whether more than the permitted share of files was lost within a day.
    private var shrinks: Bool {
        let held = totals.counts.present + totals.counts.suspected
        return totals.lossCount * 100 > (held + totals.lossCount) * policy.settings.shrinkPercent
    }

    /// Judges the extent of the loss once at least one file of each neighbourhood was asked for.
    private mutating func weighSweep(_ now: Timestamp) {
        guard let investigation = state.memory.investigation else { return }
        let (asked, lost) = (Int(investigation.askedCount), Int(investigation.lostCount))
        guard asked >= PolicySettings.sampleSize || search.sweep == nil, lost >= 2 else { return }
        if lost * 100 >= 3 * asked {
            doubtAll(.lost, now)
        } else if lost >= 4 {
            widen(to: .everything, now)
        }
    }

    /// Handles a folder with almost nothing left: it is lost as a whole, other folders may be too,
    /// and so are paths that lead there.
    private mutating func noteLostNeighbour(_ number: Int, _ now: Timestamp) {
        let refused = refusals.count(in: number)
        let (missing, present) = (
            tallies[number].missing + refused, tallies[number].present - refused
        )
        guard missing >= 4, present * 9 < missing else { return }
        guard search.lostNeighbourhoods.insert(number).inserted else { return }
        widen(to: .eachNeighbourhood, now)
        putInQuestion(Array(policy.targets.closure(of: Array(neighbourhoods[number]))), now)
    }

    private mutating func widen(to scope: Investigation.Scope, _ now: Timestamp) {
        guard let known = state.memory.investigation?.scope, known < scope else { return }
        state.memory.investigation?.scope = scope
        if scope == .everything { search.sweep = nil }
        resumeInvestigation(now)
    }

    /// Doubts the access point as a whole.
    mutating func doubtAll(_ reason: WholeDoubtReason, _ now: Timestamp) {
        guard policy.settings.shrinkPercent < 100 || reason != .lost else { return }
        if state.doubtedAt != nil {
            // A loss found during verification is more than a doubt.
            guard reason == .lost, state.memory.doubtReason != .lost else { return }
        } else {
            state.beginDoubt(now: now)
        }
        state.memory.doubtReason = reason
        doubtRevision += 1
        guard reason == .lost else { return }
        let believedSince = state.believedSince ?? now
        state.memory.investigation?.startedAt = believedSince
        state.memory.investigation?.sampleLeft = 0
        state.memory.investigation?.scope = .everything
        search.sweep = nil
        resumeInvestigation(now)
    }

    /// Ends an investigation that has nothing more to ask.
    mutating func settleInvestigation(_ now: Timestamp) {
        guard let investigation = state.memory.investigation, search.queue.isEmpty,
            search.inFlightCount == 0, search.sweep == nil
        else { return }
        if let scan = search.newest {
            guard scan.isOver else { return }
            search.newest = nil
            state.memory.investigation?.newestLeft = 0
            resumeInvestigation(now)
            if !search.queue.isEmpty { return }
        }
        guard !guards.stage.isPending else { return }
        state.memory.investigation = nil
        search.sampled = FileSet()
        search.swept = FileSet()
        search.forgetLosses()
        if state.doubtedAt != nil { settleDoubt(investigation, now) }
    }

    private mutating func settleDoubt(_ investigation: Investigation, _ now: Timestamp) {
        switch state.memory.doubtReason ?? .lost {
        case .lost:
            // Files that did not answer are asked for again in another visit.
            guard state.losses(in: catalog).unprovenCount == 0 else { return }
        case .returned, .notItself: break
        case .contradictory: return
        }
        liftDoubt(now)
    }
}
