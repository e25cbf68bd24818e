import Catalogs
import CheckStates
import Mirrors
import Time

/// How far a visit has tested nonexistent names.
enum GuardStage: Sendable {
    case unasked
    /// How many are still to be asked for, and the lengths of 200 answers so far; nil for no
    /// length.
    case asked(left: Int, pages: [UInt64?])
    /// Several names got pages of these lengths; trying real files shows whether the lengths
    /// distinguish right from wrong.
    case trying(Trial)
    case passed

    /// Files to ask for, to see whether the lengths of pages distinguish right from wrong.
    struct Trial: Sendable {
        var lengths: ClosedRange<UInt64>
        /// Files still to be asked for, and those already asked for.
        var waiting: [FileID]
        var asked: Set<FileID> = []
        /// Whether they were proven before.
        var isOfProven: Bool
        var answers: [(file: FileID, answer: FileAnswer)] = []
        var rightCount = 0
        var size = 0
    }

    var isPending: Bool {
        switch self {
        case .asked, .trying: true
        case .unasked, .passed: false
        }
    }

    func isTrying(_ file: FileID) -> Bool {
        if case .trying(let trial) = self { trial.asked.contains(file) } else { false }
    }

    mutating func renew() {
        if case .passed = self { self = .unasked }
    }

    /// Returns a file of a trial that was not asked for; false for any other file.
    mutating func takeBack(_ file: FileID) -> Bool {
        guard case .trying(var trial) = self, trial.asked.remove(file) != nil else { return false }
        trial.waiting.append(file)
        self = .trying(trial)
        return true
    }
}

extension Visit {
    /// What is known of nonexistent names in this visit.
    struct Guards: Sendable {
        var stage = GuardStage.unasked
        /// Questions in a row without an answer.
        var silenceCount = 0
        /// Nonexistent names to ask for in addition.
        var pending: [PlannedQuestion] = []
    }
}

// Nonexistent names. A 200 from a server that answers so for them proves nothing; but if the
// lengths of such pages differ from those of files, the mirror can still be used.
extension Visit {
    func isGuardDue(_ now: Timestamp) -> Bool {
        guard profile.isWeb else { return false }
        switch guards.stage {
        case .asked: return !guards.pending.isEmpty
        case .passed: return false
        case .trying(let trial): return !trial.waiting.isEmpty
        case .unasked: break
        }
        if state.memory.investigation != nil || state.doubtedAt != nil { return true }
        guard let guardedAt = state.memory.served.guardedAt else { return true }
        return now.seconds(since: guardedAt) >= PolicySettings.guardSeconds
    }

    /// The questions that come before all others, empty while their answers are awaited; nil once
    /// others may be asked.
    mutating func nextGuards(_ now: Timestamp) -> [PlannedQuestion]? {
        switch guards.stage {
        case .asked:
            defer { guards.pending = [] }
            return guards.pending
        case .passed: return nil
        case .trying(var trial):
            let files = trial.waiting
            trial.waiting = []
            trial.asked.formUnion(files)
            guards.stage = .trying(trial)
            for file in files { inFlight.insert(file) }
            return files.map { PlannedQuestion(.file($0), urgency: .firstPass, isAlone: true) }
        case .unasked:
            guard isGuardDue(now) else { return nil }
            // One name is enough if none was ever answered with a page.
            let isUsual = state.memory.softNotFound == nil && state.doubtedAt == nil
            return askGuards(isUsual ? 1 : 3, pages: [], now)
        }
    }

    private mutating func askGuards(_ count: Int, pages: [UInt64?], _ now: Timestamp)
        -> [PlannedQuestion]
    {
        guards.stage = .asked(left: count, pages: pages)
        var hash = StableHash.mix(profile.salt ^ UInt64(bitPattern: now.secondsSinceEpoch))
        return (0..<count).map { _ in
            hash = StableHash.mix(hash)
            let beside =
                catalog.count == 0
                ? nil : FileID(UInt32(StableHash.number(hash, below: Int64(catalog.count))))
            return PlannedQuestion(.impossibleName(beside: beside), urgency: .doubt, isAlone: true)
        }
    }

    /// Takes the answer for a nonexistent name.
    mutating func takeGuard(_ answer: FileAnswer, _ now: Timestamp) {
        guard case .asked(let left, var pages) = guards.stage else { return }
        switch answer.reply {
        case .answered(200, let byteCount): pages.append(byteCount)
        case .failed, .notAsked:
            // If this gets no answer, nothing will; but packets get lost, so try once more.
            guards.silenceCount += 1
            if guards.silenceCount > 1 {
                guards.stage = .passed
                guards.pending = []
                shutUntil = now.advanced(bySeconds: PolicySettings.silenceSeconds)
            } else {
                guards.pending.append(
                    PlannedQuestion(.impossibleName(beside: nil), urgency: .doubt, isAlone: true)
                )
            }
            return
        case .answered, .unusable, .listed: break
        }
        guard left <= 1 else {
            guards.stage = .asked(left: left - 1, pages: pages)
            return
        }
        weighPages(pages, now)
        settleInvestigation(now)
    }

    private mutating func weighPages(_ pages: [UInt64?], _ now: Timestamp) {
        state.memory.served.guardedAt = now
        guard !pages.isEmpty else {
            // The expected answer.
            state.memory.softNotFound = nil
            guards.stage = .passed
            return
        }
        // It takes several pages to see how their lengths vary.
        guard pages.count >= 3 else {
            guards.pending = askGuards(3 - pages.count, pages: pages, now)
            return
        }
        let lengths = pages.compactMap { $0 }
        let shortest = lengths.min() ?? 0
        let longest = lengths.max() ?? 0
        // A page may contain the name, and so be longer for a longer name.
        let slack = Self.pageSlack
        guard longest - shortest <= Self.pageVariety else { return shut(.notItself, now) }
        let (upper, overflow) = longest.addingReportingOverflow(slack)
        let range = (shortest < slack ? 0 : shortest - slack)...(overflow ? .max : upper)
        if let known = state.memory.softNotFound?.lengths, known.overlaps(range),
            state.doubtedAt == nil
        {
            let all =
                min(known.lowerBound, range.lowerBound)...max(known.upperBound, range.upperBound)
            if all.upperBound - all.lowerBound <= 2 * Self.pageVariety {
                state.memory.softNotFound = SoftNotFound(lengths: all)
                guards.stage = .passed
                return
            }
        }
        beginTrial(range, now)
    }

    private static let pageSlack: UInt64 = 512
    private static let pageVariety: UInt64 = 16_384

    private mutating func beginTrial(_ lengths: ClosedRange<UInt64>, _ now: Timestamp) {
        func suits(_ file: FileID) -> Bool {
            guard let byteCount = catalog.byteCount(of: file) else { return false }
            return !lengths.contains(byteCount) && !inFlight.contains(file)
        }
        var files: [FileID] = []
        let isOfProven = totals.counts.present >= PolicySettings.trialSize
        var hash = StableHash.mix(profile.salt ^ UInt64(bitPattern: now.secondsSinceEpoch))
        for _ in 0..<2_000 where files.count < PolicySettings.trialSize && catalog.count > 0 {
            hash = StableHash.mix(hash)
            let file = FileID(UInt32(StableHash.number(hash, below: Int64(catalog.count))))
            guard neighbourhoods.number(of: file) != nil, !files.contains(file), suits(file),
                !isOfProven || isTrusted(file)
            else { continue }
            files.append(file)
        }
        guard !files.isEmpty else { return shut(.notItself, now) }
        var trial = GuardStage.Trial(lengths: lengths, waiting: files, isOfProven: isOfProven)
        trial.size = files.count
        guards.stage = .trying(trial)
    }

    /// Takes an answer of a trial, and judges the trial when all have come.
    mutating func takeTrial(_ file: FileID, _ answer: FileAnswer, _ now: Timestamp) {
        guard case .trying(var trial) = guards.stage else { return }
        trial.answers.append((file, answer))
        if case .answered(200, let byteCount?) = answer.reply,
            byteCount == catalog.byteCount(of: file)
        {
            trial.rightCount += 1
        }
        guards.stage = .trying(trial)
        guard trial.answers.count == trial.size else { return }
        // Nearly all proven files are there; for others, a few right lengths are more than chance.
        let wanted = trial.isOfProven ? trial.size * 3 / 4 : min(4, trial.size)
        guard trial.rightCount >= wanted else { return shut(.notItself, now) }
        state.memory.softNotFound = SoftNotFound(lengths: trial.lengths)
        guards.stage = .passed
        for (file, answer) in trial.answers where neighbourhoods.number(of: file) != nil {
            judge(file, answer, now)
        }
        settleInvestigation(now)
    }

    /// Doubts the access point and asks nothing more in this visit, because the cause may pass.
    ///
    /// The answers of this visit are undone.
    mutating func shut(_ reason: WholeDoubtReason, _ now: Timestamp) {
        guards.stage = .passed
        for (file, record) in search.undo.reversed() where neighbourhoods.number(of: file) != nil {
            write(record, file, replacing: state.observations[file], now)
        }
        search.forgetLosses()
        refusals = Refusals()
        // The whole access point is in question now.
        for file in questionedFiles where state[file].failures == 0 {
            count(file, -1)
            state[file].isQuestioned = false
            count(file, 1)
        }
        state.memory.softNotFound = nil
        let isNewDoubt = state.doubtedAt.map { $0 >= openedAt } ?? true
        if isNewDoubt || state.memory.doubtReason == .returned {
            state.beginDoubt(now: now)
            state.memory.doubtReason = reason
            doubtRevision += 1
        }
        // Look for what a captive portal hid once it is gone.
        state.memory.investigation = nil
        search.endScans()
        search.sampled = FileSet()
        search.queue.removeAll()
        // A portal is gone within hours; a site that answers everything for days is asked rarely.
        let doubtedSeconds = now.seconds(since: state.doubtedAt ?? now)
        let rest = min(max(doubtedSeconds / 4, PolicySettings.bundleSeconds), 6 * 3_600)
        shutUntil = now.advanced(bySeconds: rest)
    }
}
