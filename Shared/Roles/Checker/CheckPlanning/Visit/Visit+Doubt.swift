package import Catalogs
import CheckStates
import HealthFormat
import Mirrors
package import Time

// What clients must not be sent to, what others found out, and servers that differ behind one name.
extension Visit {
    /// What clients must not be sent to now; nil if nothing is in question.
    ///
    /// Lost files stay included for a while, until there are maps without them.
    package func doubtToPublish(now: Timestamp) -> AccessPointDoubt? {
        let oldest = now.advanced(bySeconds: -PolicySettings.doubtSeconds)
        let losses = latestLosses.filter { $0.at >= oldest }
        let evidence = state.memory.contradictions.suffix(AccessPointDoubt.evidenceLimit)
            .filter { $0.at >= oldest }.map(\.file)
        if let since = state.doubtedAt {
            return AccessPointDoubt(
                since: since,
                reason: reason(of: state.memory.doubtReason ?? .lost),
                scope: .whole,
                evidence: evidence
            )
        }
        var files = losses.map(\.file)
        if totals.questionedCount > 0 { files += questionedFiles }
        guard !files.isEmpty else { return nil }
        return AccessPointDoubt(
            since: state.memory.investigation?.startedAt ?? losses.map(\.at).min() ?? now,
            reason: reason(of: losses.last?.file),
            scope: .files(Array(Set(files)).sorted()),
            evidence: evidence
        )
    }

    var questionedFiles: [FileID] {
        state.observations.files(with: ObservationColumns.questionedBit)
            .map { FileID(UInt32($0)) }.filter { neighbourhoods.number(of: $0) != nil }
    }

    private func reason(of doubt: WholeDoubtReason) -> DoubtReason {
        switch doubt {
        case .lost: .lost
        case .notItself: .notItself
        case .returned: .returned
        case .contradictory: .contradictory
        }
    }

    private func reason(of file: FileID?) -> DoubtReason {
        switch file.map({ state.outcome(of: $0) }) {
        case .refused: .refused
        case .altered, .stale: .altered
        default: .lost
        }
    }

    // MARK: - OutsideFinding

    /// What another writer found out about the access point.
    package enum OutsideFinding: Hashable, Sendable {
        /// The probe asked for a proven file and got this answer.
        case answer(FileID, FileAnswer)
        /// The twin of the access point has lost the file.
        case twinLost(FileID)
        /// It returned from an outage without its newest files.
        case returned
    }

    /// Takes note of what was found out at `since`, once.
    package mutating func applyOutsideFindings(
        _ outsideFindings: [OutsideFinding],
        since: Timestamp,
        now: Timestamp
    ) {
        let limit = now.advanced(bySeconds: PolicySettings.futureTolerance)
        guard !outsideFindings.isEmpty, since <= limit,
            since > state.memory.heardUntil ?? Timestamp(secondsSinceEpoch: 0)
        else { return }
        state.memory.heardUntil = since
        for finding in outsideFindings {
            switch finding {
            case .answer(let file, let answer):
                guard neighbourhoods.number(of: file) != nil, isTrusted(file),
                    state[file].askedAt <= since
                else { continue }
                judge(file, answer, now)
            case .twinLost(let file):
                // If servers differ, each loss of the twin is one of many.
                guard state.memory.inconsistentSince == nil,
                    let number = neighbourhoods.number(of: file), isTrusted(file)
                else { continue }
                investigate(isRecent: false, now)
                putInQuestion(Array(neighbourhoods[number]), now)
            case .returned:
                doubtAll(.returned, now)
                resumeInvestigation(now)
            }
        }
    }

    // MARK: - Servers that differ

    /// Marks the access point as inconsistent if several files recently came back and were lost
    /// again.
    mutating func updateInconsistency(_ now: Timestamp) {
        let recent = state.memory.contests.count { number, contest in
            let file = FileID(number)
            return contest.contradictionCount > 0 && neighbourhoods.number(of: file) != nil
                && now.seconds(since: state[file].askedAt) < PolicySettings.contradictionSeconds
        }
        guard recent >= PolicySettings.contestLimit else { return }
        if state.memory.inconsistentSince == nil {
            // From now on, every contested file needs more proofs.
            for (number, contest) in state.memory.contests {
                state.memory.contests[number]?.proofsLeft = max(
                    contest.proofsLeft,
                    PolicySettings.contestProofs.inconsistent
                )
            }
        }
        state.memory.inconsistentSince = now
        state.memory.investigation = nil
        search.endScans()
        // If listings show what each server has, they will find the files that differ.
        if state.memory.listing.kind != .useful { doubtAll(.contradictory, now) }
    }

    /// Ends the inconsistency if servers have not differed for a week.
    mutating func settleInconsistency(_ now: Timestamp) {
        guard let since = state.memory.inconsistentSince,
            now.seconds(since: since) >= PolicySettings.inconsistentSeconds
        else { return }
        state.memory.inconsistentSince = nil
        if state.memory.doubtReason == .contradictory, state.doubtedAt != nil {
            liftDoubt(now)
        }
    }

    /// Trusts earlier proofs again.
    mutating func liftDoubt(_ now: Timestamp) {
        state.trust(now: now)
        state.memory.doubtReason = nil
        doubtRevision += 1
        recountLosses()
    }

    /// Contests a file that one of several servers lacks.
    mutating func contest(_ file: FileID, _ now: Timestamp) {
        var record = record(of: file)
        guard record.contest == nil else { return }
        let before = record.observation
        record.contest = Contest(
            proofsLeft: PolicySettings.contestProofs.inconsistent,
            contradictionCount: 1
        )
        record.observation.isContested = true
        write(record, file, replacing: before, now)
        latestLosses.append(Contradiction(file, at: now))
        doubtRevision += 1
    }
}
