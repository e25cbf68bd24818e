package import CheckStates
package import Catalogs
package import Mirrors
package import Time

/// Turns a server's answer about a file into a verdict; the only place where verdicts are made.
///
/// Only status 200 with the expected length is proof, and counts at once. Anything else is a
/// suspicion that a second answer of its kind must confirm, because mirrors answer wrongly when
/// they are busy or in the middle of an update. Sending clients there is stricter: the first
/// suspicion against a proven file ends it.
package struct FileJudge: Sendable {
    /// The generation of the catalog that the expectations come from.
    package var generation: UInt32
    package var recheckSeconds: Int64
    /// Whether the server preserves modification times; nil if not known yet.
    package var keepsTimes: Bool?
    /// How the server answers for nonexistent names, if it does so with status 200.
    package var softNotFound: SoftNotFound?
    /// The number of proofs that a contested file needs.
    package var contestProofs = PolicySettings.contestProofs.usual
    /// Whether a renewed proof is dated to the minute instead of to the hour.
    ///
    /// Few distinct times keep the stored state small.
    package var datesToTheMinute = false

    package init(generation: UInt32, recheckSeconds: Int64) {
        self.generation = generation
        self.recheckSeconds = recheckSeconds
    }

    /// All that is known of one file.
    package struct Record: Hashable, Sendable {
        package var observation: Observation
        /// The length of an altered file, if the mirror told it.
        package var alteredByteCount: UInt64?
        package var contest: Contest?

        package init(
            _ observation: Observation,
            alteredByteCount: UInt64? = nil,
            contest: Contest? = nil
        ) {
            self.observation = observation
            self.alteredByteCount = alteredByteCount
            self.contest = contest
        }
    }

    /// What is expected at a path.
    package struct Expectation: Hashable, Sendable {
        /// Nil for a directory.
        package var byteCount: UInt64?
        /// The generation since which this is expected.
        package var changedIn: UInt32
        /// For a mutable file, the time of its last change: an older time means an older version,
        /// if the mirror preserves times.
        ///
        /// Nil for immutable files, where the length decides.
        package var modified: Timestamp?
        /// For a mutable file, the version before that change, if the catalog knows it.
        package var previous: PreviousVersion?
        /// For a mutable file that may be fetched, its known digests.
        package var digests: Digests

        package init(
            byteCount: UInt64?,
            changedIn: UInt32,
            modified: Timestamp? = nil,
            previous: PreviousVersion? = nil,
            digests: Digests = Digests()
        ) {
            self.byteCount = byteCount
            self.changedIn = changedIn
            self.modified = modified
            self.previous = previous
            self.digests = digests
        }

        /// Whether the previous version had the same length.
        var hasKeptLength: Bool { previous.map { $0.byteCount == byteCount } ?? false }
    }

    /// What an answer changed.
    package enum Event: Hashable, Sendable {
        /// A proof was renewed.
        case renewed
        /// A file that was not known to be there is there.
        case appeared
        /// A missing file that had been there is back within a day, or one that should have been
        /// there all along appeared within the hour: servers behind the name differ.
        case flapped
        /// A proof was contradicted.
        case lost(Observation.Outcome)
        /// A proven file is missing, but its proof did not count any more.
        case lostInDoubt
        /// A proven file was refused once.
        case refusedOnce
        /// Only its content can tell; nothing was changed.
        case undecided
        /// Nothing changed or nothing was learnt.
        case unchanged
    }

    /// Updates what is known of a file from an answer at `now`, and returns what it means.
    ///
    /// `isOld` means that the file has been expected for days, so that a mirror can hardly have got
    /// it just now.
    package func judge(
        _ record: inout Record,
        expecting expectation: Expectation,
        _ answer: FileAnswer,
        isOld: @autoclosure () -> Bool,
        now: Timestamp
    ) -> Event {
        // An observation from before the file changed says nothing about its present version.
        if record.observation.generation < expectation.changedIn {
            record = Record(.never, contest: record.contest)
        }
        let finding = finding(answer, expectation, now)
        if finding == .nothing, record.observation.isTrusted { return .unchanged }
        let before = record.observation
        record.observation.generation = generation
        switch finding {
        case .present:
            return notePresence(
                &record,
                isMutable: expectation.modified != nil,
                isOld: isOld(),
                now
            )
        case .absent: return note(.absent, nil, &record, now)
        case .altered(let byteCount): return note(.altered, byteCount, &record, now)
        case .previous, .replaced: return note(.stale, nil, &record, now)
        case .old, .undated:
            switch ruling(finding, after: before, expecting: expectation, answer) {
            case .present:
                return notePresence(&record, isMutable: true, isOld: isOld(), now)
            case .stale: return note(.stale, nil, &record, now)
            case .unknown: return noteNothing(&record, now)
            case .undecided:
                record.observation = before
                return .undecided
            }
        case .noLength:
            // A file that had a length has lost it. From a server that never sends one, nothing
            // follows.
            guard before.outcome != .unknown else { return noteNothing(&record, now) }
            return note(.altered, nil, &record, now)
        case .refused: return noteRefusal(&record, now)
        case .silence: return noteSilence(&record, now)
        case .nothing: return noteNothing(&record, now)
        }
    }

    /// The verdict on a mutable file with the right length but not the master's time.
    private enum Ruling {
        case present, stale, unknown
        /// It must be fetched.
        case undecided
    }

    /// The content decides, if the file may be fetched; otherwise anything that cannot be the old
    /// version is accepted.
    ///
    /// A file proven since its last change is not fetched again.
    private func ruling(
        _ finding: Finding,
        after before: Observation,
        expecting expectation: Expectation,
        _ answer: FileAnswer
    ) -> Ruling {
        // By the second look, enough other files were seen to tell whether times mean anything
        // here.
        let isDated = keepsTimes ?? (before.failures == 0)
        if before.isTrusted { return finding == .old && isDated ? .stale : .present }
        if finding == .old, keepsTimes == true { return .stale }
        if !expectation.digests.isEmpty, !answer.isOfContent {
            // It was fetched before, and was of the version that its time says.
            let isKnown = finding == .old && before.outcome == .stale && keepsTimes == nil
            return isKnown ? .stale : .undecided
        }
        if expectation.hasKeptLength { return finding == .old ? .stale : .unknown }
        return finding == .old && isDated ? .stale : .present
    }

    /// The first refusal of a proven file suspends its proof, the second ends it.
    private func noteRefusal(_ record: inout Record, _ now: Timestamp) -> Event {
        let before = record.observation
        guard before.outcome == .present else { return note(.refused, nil, &record, now) }
        // For a contested file, the second answer might come from the other server.
        let isRepeated =
            before.failures > 0 && now.seconds(since: before.askedAt) >= recheckSeconds
        if isRepeated || record.contest != nil { return note(.refused, nil, &record, now) }
        if before.failures == 0 { record.observation.askedAt = now }
        record.observation.failures = max(1, before.failures)
        record.observation.isQuestioned = true
        return before.isTrusted ? .refusedOnce : .unchanged
    }

    /// A single timeout may be the network's, and health tells whether the host is down: a proof
    /// ends after several.
    private func noteSilence(_ record: inout Record, _ now: Timestamp) -> Event {
        switch record.observation.outcome {
        case .present:
            let event = noteNothing(&record, now)
            guard record.observation.failures >= Self.silencesUntilUnreachable else { return event }
            return note(.unreachable, nil, &record, now)
        case .unknown, .unreachable: return note(.unreachable, nil, &record, now)
        case .absent, .altered, .stale, .refused: return noteNothing(&record, now)
        }
    }

    /// How many times in a row a proven file may get no answer while others do.
    private static let silencesUntilUnreachable: UInt8 = 3

    private func noteNothing(_ record: inout Record, _ now: Timestamp) -> Event {
        record.observation.askedAt = now
        if record.observation.outcome == .unknown { record.observation.observedAt = now }
        if record.observation.failures < .max { record.observation.failures += 1 }
        return .unchanged
    }

    private func notePresence(
        _ record: inout Record,
        isMutable: Bool,
        isOld: @autoclosure () -> Bool,
        _ now: Timestamp
    ) -> Event {
        let before = record.observation
        let wasPresent = before.outcome == .present
        let unit: Int64 = wasPresent && !isMutable && !datesToTheMinute ? 3_600 : 60
        let rounded = now.secondsSinceEpoch - now.secondsSinceEpoch % unit
        var time = Timestamp(secondsSinceEpoch: rounded)
        if wasPresent { time = max(time, before.observedAt) }
        var event = wasPresent ? Event.renewed : .appeared
        if var contest = record.contest {
            let isApart =
                now.seconds(since: before.askedAt) >= PolicySettings.contestSeconds
            if contest.proofsLeft > 0, isApart || !wasPresent { contest.proofsLeft -= 1 }
            // The proofs must be separated in time, so don't round it.
            if contest.proofsLeft > 0 { time = now }
            record.contest = contest.proofsLeft > 0 ? contest : nil
        } else if isFlap(before, isOld: isOld(), now) {
            record.contest = Contest(
                proofsLeft: before.isLoss ? contestProofs : PolicySettings.briefContestProofs,
                // A file that was away for a while and came back was someone's mistake, such as a
                // moved folder or an unmounted disk. If it is lost again while contested, it
                // counts.
                contradictionCount: 0
            )
            time = now
            event = .flapped
        }
        record.observation = Observation(
            outcome: .present,
            isConfirmed: true,
            observedAt: time,
            askedAt: time,
            generation: generation,
            isContested: record.contest != nil
        )
        record.alteredByteCount = nil
        return event
    }

    /// Whether a file that is there now was missing in a way that a single consistent server does
    /// not show.
    private func isFlap(
        _ before: Observation,
        isOld: @autoclosure () -> Bool,
        _ now: Timestamp
    ) -> Bool {
        let missingSeconds = now.seconds(since: before.observedAt)
        return switch before.outcome {
        case .absent, .altered:
            before.isLoss ? missingSeconds < 86_400 : missingSeconds < 3_600 && isOld()
        case .refused: before.isLoss && missingSeconds < 86_400
        case .unknown, .present, .stale, .unreachable: false
        }
    }

    /// Raises, keeps or confirms a suspicion.
    private func note(
        _ outcome: Observation.Outcome,
        _ byteCount: UInt64?,
        _ record: inout Record,
        _ now: Timestamp
    ) -> Event {
        let before = record.observation
        let sinceAsked = now.seconds(since: before.askedAt)
        record.observation.askedAt = now
        if record.observation.failures < .max { record.observation.failures += 1 }
        record.observation.isQuestioned = false
        record.observation.outcome = outcome
        record.alteredByteCount = byteCount
        switch before.outcome {
        case .present:
            record.observation.observedAt = now
            record.observation.failures = 1
            // Two refusals, or three times no answer, are as certain as it gets; for a contested
            // file, another look might reach the other server.
            record.observation.isConfirmed =
                outcome == .refused || outcome == .unreachable || record.contest != nil
            record.observation.isLoss = outcome != .unreachable
            if var contest = record.contest {
                contest.proofsLeft = PolicySettings.contestProofs.inconsistent
                if contest.contradictionCount < .max { contest.contradictionCount += 1 }
                record.contest = contest
            }
            // The first refusal already suspended the proof of a refused file.
            return before.isTrusted || outcome == .refused ? .lost(outcome) : .lostInDoubt
        case .unknown, .unreachable:
            // An earlier timeout does not count as a first look.
            guard before.outcome == outcome else {
                record.observation.observedAt = now
                record.observation.isConfirmed = false
                return .unchanged
            }
            if sinceAsked >= recheckSeconds { record.observation.isConfirmed = true }
        case .absent, .altered, .stale, .refused:
            if sinceAsked >= recheckSeconds { record.observation.isConfirmed = true }
        }
        return .unchanged
    }
}
