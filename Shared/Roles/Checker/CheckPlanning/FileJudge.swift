package import CheckStates
package import Catalogs
package import Mirrors
package import Time

/// Turns a server's word about a file into what is known of it: the only place where verdicts are
/// made.
///
/// Only status 200 with the expected length is proof, and counts at once. Everything else is a
/// suspicion, and only a second answer of its kind confirms it: mirrors answer falsely when they
/// are busy or half way through an update. What a proven file is not sent to clients for is
/// stricter than that: its first suspicion is enough.
package struct FileJudge: Sendable {
    /// The generation of the catalog that the expectations come from.
    package var generation: UInt32
    package var recheckSeconds: Int64
    /// Whether the server keeps modification times; nil where that is not known yet.
    package var keepsTimes: Bool?
    /// How the server answers for names that do not exist, where that is with status 200.
    package var softNotFound: SoftNotFound?
    /// How many proofs a contested file needs.
    package var contestProofs = PolicySettings.contestProofs.usual
    /// Whether a proof is dated to the minute though the file was proven before; else to the hour.
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
        /// The length that an altered file has where the mirror told it.
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
        /// For a mutable file the time of its last change: an older one means an older file, where
        /// the mirror keeps times; nil for immutable files, whose length decides.
        package var modified: Timestamp?
        /// For a mutable file, its version before that change, if the catalog knows it.
        package var previous: PreviousVersion?
        /// For a mutable file that may be fetched what is known of its digests.
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

        /// Whether the content before the last change was as long.
        var hasKeptLength: Bool { previous.map { $0.byteCount == byteCount } ?? false }
    }

    /// What became of a file.
    package enum Event: Hashable, Sendable {
        /// A proof was renewed.
        case renewed
        /// A file that was not known to be there is.
        case appeared
        /// A file that was missing and had been there is back within a day, or one that should have
        /// been there all along appeared within the hour: somebody behind the name differs.
        case flapped
        /// A proof did not hold.
        case lost(Observation.Outcome)
        /// A proven file is not there, but nobody relied on its proof any more.
        case lostInDoubt
        /// A proven file was refused once.
        case refusedOnce
        /// Only its content tells; nothing was changed.
        case undecided
        /// As before, or nothing was learnt.
        case unchanged
    }

    /// What an answer says about the file by itself.
    package enum Evidence: Hashable, Sendable {
        case present
        case absent
        case altered(byteCount: UInt64)
        /// 200 without a length: of all files only an empty one is answered so, and only by Apache.
        case noLength
        /// The right length, but from before the last change.
        case old
        /// The right length of a mutable file, and a time that is not the master's, or none.
        case undated
        /// The right length and another content.
        case replaced
        /// The length from before the last change, of a mirror that may still have that.
        case previous
        /// The server answers, but will not give the file: 401, 403, 405, 416, 451, 5xx, a redirect
        /// in circles or to another site.
        case refused
        case silence
        /// The server is busy, or nothing can be told.
        case nothing
    }

    /// Some servers round times to the two seconds of FAT.
    package static let timeTolerance: Int64 = 2

    /// Changes what is known of a file by an answer that came at `now`, and returns what that
    /// means.
    ///
    /// `isOld` tells that the file has been expected for days, so that a mirror can hardly just
    /// have got it.
    package func judge(
        _ record: inout Record,
        expecting expectation: Expectation,
        _ testimony: Testimony,
        isOld: Bool,
        now: Timestamp
    ) -> Event {
        // What was seen before the file changed says nothing about it as it is now.
        if record.observation.generation < expectation.changedIn {
            record = Record(.never, contest: record.contest)
        }
        let evidence = evidence(testimony, expectation, now)
        if evidence == .nothing, record.observation.isTrusted { return .unchanged }
        let before = record.observation
        record.observation.generation = generation
        switch evidence {
        case .present:
            return notePresence(&record, isMutable: expectation.modified != nil, isOld, now)
        case .absent: return note(.absent, nil, &record, now)
        case .altered(let byteCount): return note(.altered, byteCount, &record, now)
        case .previous, .replaced: return note(.stale, nil, &record, now)
        case .old, .undated:
            switch ruling(evidence, before, expectation, testimony) {
            case .present: return notePresence(&record, isMutable: true, isOld, now)
            case .stale: return note(.stale, nil, &record, now)
            case .unknown: return noteNothing(&record, now)
            case .undecided:
                record.observation.generation = before.generation
                return .undecided
            }
        case .noLength:
            // A file that had a length has lost it. From a server that never tells one, nothing
            // follows.
            guard before.outcome != .unknown else { return noteNothing(&record, now) }
            return note(.altered, nil, &record, now)
        case .refused:
            guard before.outcome == .present else { return note(.refused, nil, &record, now) }
            // Of a contested file a second look would just as well meet the other server.
            let isRepeated =
                before.failures > 0 && now.seconds(since: before.askedAt) >= recheckSeconds
            if isRepeated || record.contest != nil { return note(.refused, nil, &record, now) }
            if before.failures == 0 { record.observation.askedAt = now }
            record.observation.failures = max(1, before.failures)
            record.observation.isQuestioned = true
            return before.isTrusted ? .refusedOnce : .unchanged
        case .silence:
            switch before.outcome {
            case .present:
                // One silence is the network's, and health tells whether the host is down at all.
                _ = noteNothing(&record, now)
                guard record.observation.failures >= Self.silencesUntilUnreachable else { break }
                return note(.unreachable, nil, &record, now)
            case .unknown, .unreachable: return note(.unreachable, nil, &record, now)
            case .absent, .altered, .stale, .refused: return noteNothing(&record, now)
            }
            return .unchanged
        case .nothing: return noteNothing(&record, now)
        }
    }

    /// What a mutable file is taken for that has the right length and not the master's time.
    private enum Ruling {
        case present, stale, unknown
        /// It is to be fetched.
        case undecided
    }

    /// Content decides where it may be asked for; else what cannot have been the same before.
    ///
    /// A file that was proven since its last change has it behind itself, and is not fetched again.
    private func ruling(
        _ evidence: Evidence,
        _ before: Observation,
        _ expectation: Expectation,
        _ testimony: Testimony
    ) -> Ruling {
        // By the second look enough other files were seen to tell whether times mean anything here.
        let isDated = keepsTimes ?? (before.failures == 0)
        if before.isTrusted { return evidence == .old && isDated ? .stale : .present }
        if evidence == .old, keepsTimes == true { return .stale }
        if !expectation.digests.isEmpty, !testimony.isOfContent {
            // It was fetched, and was what its time says.
            let isKnown = evidence == .old && before.outcome == .stale && keepsTimes == nil
            return isKnown ? .stale : .undecided
        }
        if expectation.hasKeptLength { return evidence == .old ? .stale : .unknown }
        return evidence == .old && isDated ? .stale : .present
    }

    /// How often in a row a proven file may be met with silence while others are answered.
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
        _ isOld: Bool,
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
            // Those count apart in time, so the time must not be rounded.
            if contest.proofsLeft > 0 { time = now }
            record.contest = contest.proofsLeft > 0 ? contest : nil
        } else if isFlap(before, isOld, now) {
            record.contest = Contest(
                proofsLeft: before.isLoss ? contestProofs : PolicySettings.briefContestProofs,
                // What was away for a while and came back was somebody's mistake, a folder that was
                // moved or a disk that was not mounted. Lost again while it is contested, it
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

    /// Whether a file that is there now was missing in a way that mirrors by themselves do not
    /// show.
    private func isFlap(_ before: Observation, _ isOld: Bool, _ now: Timestamp) -> Bool {
        let missingSeconds = now.seconds(since: before.observedAt)
        return switch before.outcome {
        case .absent, .altered:
            before.isLoss ? missingSeconds < 86_400 : isOld && missingSeconds < 3_600
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
            // What was refused twice, or not answered thrice, is as sure as it gets, and of a
            // contested file another look would just as well meet the other server.
            record.observation.isConfirmed =
                outcome == .refused || outcome == .unreachable || record.contest != nil
            record.observation.isLoss = outcome != .unreachable
            if var contest = record.contest {
                contest.proofsLeft = PolicySettings.contestProofs.inconsistent
                if contest.contradictionCount < .max { contest.contradictionCount += 1 }
                record.contest = contest
            }
            // The first refusal had put a refused file in question by itself.
            return before.isTrusted || outcome == .refused ? .lost(outcome) : .lostInDoubt
        case .unknown, .unreachable:
            // Silence before is no first look.
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

    /// What `testimony` says about a file of which `expectation` is expected.
    package func evidence(
        _ testimony: Testimony,
        _ expectation: Expectation,
        _ now: Timestamp
    ) -> Evidence {
        switch testimony.reply {
        case .failed: return .silence
        case .notAsked, .listed: return .nothing
        case .unusable: return .refused
        case .answered(404, _), .answered(410, _): return .absent
        case .answered(408, _), .answered(425, _), .answered(429, _): return .nothing
        case .answered(200, let byteCount):
            return evidence(byteCount, expectation, now)
                ?? evidence(testimony, ofMutable: expectation)
        case .answered(let status, _): return status >= 400 ? .refused : .nothing
        }
    }

    /// What status 200 with a length says; nil where it is the right one.
    private func evidence(
        _ byteCount: UInt64?,
        _ expectation: Expectation,
        _ now: Timestamp
    ) -> Evidence? {
        if let lengths = softNotFound?.lengths {
            // A page for names that do not exist, or nobody can tell.
            guard let expected = expectation.byteCount, !lengths.contains(expected) else {
                return .nothing
            }
            guard let byteCount, !lengths.contains(byteCount) else { return .absent }
        }
        guard let expected = expectation.byteCount else { return .present }
        // Apache sends no length for an empty file, and everybody sends one for others.
        guard let byteCount else { return expected == 0 ? .present : .noLength }
        guard byteCount == expected else {
            if let previous = expectation.previous, previous.byteCount == byteCount,
                now <= previous.acceptableUntil
            {
                return .previous
            }
            return .altered(byteCount: byteCount)
        }
        return nil
    }

    /// What the right length of a mutable file says beside digests and time.
    private func evidence(
        _ testimony: Testimony,
        ofMutable expectation: Expectation
    ) -> Evidence {
        guard let modified = expectation.modified else { return .present }
        if expectation.digests.confirm(testimony.digests) { return .present }
        if expectation.digests.contradict(testimony.digests) { return .replaced }
        guard let seen = testimony.modified else { return .undated }
        let age = modified.seconds(since: seen)
        guard age.magnitude > Self.timeTolerance.magnitude else { return .present }
        return age > 0 ? .old : .undated
    }
}
