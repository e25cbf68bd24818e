package import Catalogs
package import CheckPlanning
package import Mirrors
package import Time

/// Turns a reply into what is known of a file: the only place where verdicts are made.
///
/// Only status 200 with the expected length is proof, and counts at once. Everything else is a
/// suspicion, and only a second equal answer, at least ``recheckAfterSeconds`` later, confirms it:
/// mirrors answer falsely when they are busy or half way through an update. A server that has an answer
/// to everything is not asked for files at all, so nothing here needs to distrust a 200.
package struct Judge: Sendable {
    /// The generation of the catalog that the expectations come from.
    package var generation: UInt32
    package var recheckAfterSeconds: Int64

    package init(generation: UInt32, recheckAfterSeconds: Int64) {
        self.generation = generation
        self.recheckAfterSeconds = recheckAfterSeconds
    }

    /// What is known, and the length that an altered file has where the mirror told it.
    package struct Finding: Hashable, Sendable {
        package var observation: Observation
        package var alteredByteCount: UInt64?

        package init(_ observation: Observation, alteredByteCount: UInt64? = nil) {
            self.observation = observation
            self.alteredByteCount = alteredByteCount
        }
    }

    /// What is expected at a path.
    package struct Expectation: Hashable, Sendable {
        /// Nil for a directory.
        package var byteCount: UInt64?
        /// The generation since which this is expected.
        package var changedIn: UInt32
        /// For a mutable file the time of its last change: an older one means an older file, where the
        /// mirror keeps times; nil for immutable files, whose length decides.
        package var modified: Timestamp?
        /// For a mutable file what it was before that change, where the catalog knows it.
        package var previous: PreviousVersion?

        package init(
            byteCount: UInt64?,
            changedIn: UInt32,
            modified: Timestamp? = nil,
            previous: PreviousVersion? = nil
        ) {
            self.byteCount = byteCount
            self.changedIn = changedIn
            self.modified = modified
            self.previous = previous
        }
    }

    /// What a server said.
    package struct Testimony: Hashable, Sendable {
        package var reply: Reply
        package var modified: Timestamp?
        /// Whether the server keeps modification times; nil where that is not known yet.
        package var keepsTimes: Bool?

        package init(_ reply: Reply, modified: Timestamp? = nil, keepsTimes: Bool? = nil) {
            self.reply = reply
            self.modified = modified
            self.keepsTimes = keepsTimes
        }
    }

    /// What a reply says about the file by itself.
    enum Evidence: Hashable {
        case present
        case absent
        case altered(byteCount: UInt64)
        /// 200 without a length: of all files only an empty one is answered so, and only by Apache.
        case noLength
        /// The right length, but from before the last change.
        case old
        /// The length from before the last change, of a mirror that may still have that.
        case previous
        case noAnswer
        /// The server answered, but not to the point: 403, 429, 5xx.
        case nothing
    }

    /// Some servers round times to the two seconds of FAT.
    static let timeTolerance: Int64 = 2

    /// What is known of a file after `testimony`.
    package func finding(
        after previous: Finding,
        expecting expectation: Expectation,
        _ testimony: Testimony,
        now: Timestamp
    ) -> Finding {
        // What was seen before the file changed says nothing about it as it is now.
        var known =
            previous.observation.generation < expectation.changedIn
            ? Finding(.never) : previous
        let hadFailed = known.observation.failures > 0
        let sinceEvidence = now.seconds(since: known.observation.observedAt)
        known.observation.askedAt = now
        known.observation.generation = generation
        if known.observation.failures < .max { known.observation.failures += 1 }

        switch Self.evidence(testimony, expectation, now) {
        case .present: return proof(now)
        case .absent: note(.absent, nil, &known, sinceEvidence, now)
        case .altered(let byteCount): note(.altered, byteCount, &known, sinceEvidence, now)
        case .noLength:
            // A file that had a length has lost it. From a server that never tells one, nothing follows.
            guard known.observation.outcome != .unknown else { break }
            note(.altered, nil, &known, sinceEvidence, now)
        case .previous: note(.stale, nil, &known, sinceEvidence, now)
        case .old:
            // By the second look enough other files were seen to tell whether times mean anything here.
            guard testimony.keepsTimes ?? !hadFailed else { return proof(now) }
            note(.stale, nil, &known, sinceEvidence, now)
        case .noAnswer:
            switch known.observation.outcome {
            case .unknown, .unreachable:
                note(.unreachable, nil, &known, sinceEvidence, now)
            case .present:
                // One silence is the network's, and health tells whether the host is down at all.
                if hadFailed { note(.unreachable, nil, &known, sinceEvidence, now) }
            case .absent, .altered, .stale, .refused:
                break  // Silence takes nothing back.
            }
        case .nothing:
            break
        }
        return known
    }

    /// Presence, dated to the minute: few distinct times keep the stored state small.
    private func proof(_ now: Timestamp) -> Finding {
        let minute = Timestamp(
            secondsSinceEpoch: now.secondsSinceEpoch - now.secondsSinceEpoch % 60
        )
        return Finding(
            Observation(
                outcome: .present,
                isConfirmed: true,
                observedAt: minute,
                askedAt: minute,
                generation: generation
            )
        )
    }

    /// Raises, keeps or confirms a suspicion.
    private func note(
        _ outcome: Observation.Outcome,
        _ byteCount: UInt64?,
        _ known: inout Finding,
        _ sinceEvidence: Int64,
        _ now: Timestamp
    ) {
        guard known.observation.outcome == outcome, known.alteredByteCount == byteCount else {
            if known.observation.outcome == .present, outcome != .unreachable {
                known.observation.isLoss = true
            }
            known.observation.outcome = outcome
            known.observation.isConfirmed = false
            known.observation.observedAt = now
            known.alteredByteCount = byteCount
            return
        }
        guard known.observation.isConfirmed || sinceEvidence >= recheckAfterSeconds else { return }
        known.observation.isConfirmed = true
        known.observation.observedAt = now
    }

    static func evidence(
        _ testimony: Testimony,
        _ expectation: Expectation,
        _ now: Timestamp
    ) -> Evidence {
        switch testimony.reply {
        case .failed: return .noAnswer
        case .unusable, .notAsked, .listed: return .nothing
        case .answered(404, _), .answered(410, _): return .absent
        case .answered(200, let byteCount):
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
            if let modified = expectation.modified, let seen = testimony.modified,
                modified.seconds(since: seen) > timeTolerance
            {
                return .old
            }
            return .present
        case .answered: return .nothing
        }
    }
}
