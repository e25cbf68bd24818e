import Catalogs
import CheckStates
import Mirrors
package import Time

// Answers: what they mean, and what follows.
extension Visit {
    /// Takes the answer to a question, even to one about a file that this visit did not hand out.
    package mutating func take(_ planned: PlannedQuestion, _ answer: FileAnswer, now: Timestamp) {
        switch planned.subject {
        case .impossibleName: takeGuard(answer, now)
        case .folder(let file):
            folders.inFlightCount -= 1
            if case .listed(let listing) = answer.reply {
                take(listing, ofFolderWith: file, now)
            } else {
                takeNoListing(answer.reply, now)
            }
        case .file(let file):
            if planned.urgency == .doubt, inFlight.contains(file) { search.inFlightCount -= 1 }
            inFlight.remove(file)
            if !take(file, answer, now) { askForContent(of: file, planned) }
            settleInvestigation(now)
        }
    }

    /// False if only the content of the file can tell.
    private mutating func take(
        _ file: FileID,
        _ answer: FileAnswer,
        _ now: Timestamp
    ) -> Bool {
        if guards.stage.isTrying(file) {
            takeTrial(file, answer, now)
            return true
        }
        guard neighbourhoods.number(of: file) != nil else {
            // It was removed, perhaps by a newer catalog.
            if let entry = removed.entries[file] { takeRemoved(entry, answer, now) }
            settleNewest(file, isThere: nil, now)
            return true
        }
        return judge(file, answer, now)
    }

    /// Updates what is known of a file, with all consequences; false if nothing is known before its
    /// content was asked for.
    @discardableResult
    mutating func judge(_ file: FileID, _ answer: FileAnswer, _ now: Timestamp) -> Bool {
        let expectation = policy.expectation(
            of: file,
            isMutable: mutableFiles.contains(file),
            isWeb: profile.isWeb
        )
        let before = record(of: file)
        var record = before
        let event = fileJudge.judge(
            &record,
            expecting: expectation,
            answer,
            isOld: now.seconds(since: policy.expectedSince(file)) > 3 * 86_400,
            now: now
        )
        if event == .undecided { return false }
        noteTime(of: file, answer, expecting: expectation, record.observation)
        write(record, file, replacing: before.observation, now)
        follow(event, of: file, from: before, now)
        return true
    }

    // Inlined like those in Visit+Records.swift.
    @inline(__always)
    private var fileJudge: FileJudge {
        var judge = FileJudge(
            generation: catalog.generation,
            recheckSeconds: policy.settings.recheckSeconds
        )
        judge.keepsTimes = state.timeKeeping.keepsTimes
        judge.softNotFound = state.memory.softNotFound
        judge.datesToTheMinute =
            state.doubtedAt != nil || state.memory.investigation != nil || !profile.isWeb
        if state.memory.inconsistentSince != nil {
            judge.contestProofs = PolicySettings.contestProofs.inconsistent
        }
        return judge
    }

    /// Learns whether the server preserves modification times.
    private mutating func noteTime(
        of file: FileID,
        _ answer: FileAnswer,
        expecting expectation: FileJudge.Expectation,
        _ observation: Observation
    ) {
        guard let seen = answer.modified, expectation.modified == nil,
            observation.outcome == .present, expectation.byteCount ?? 0 > 0
        else { return }
        let lag = catalog.modified(of: file).seconds(since: seen)
        // An older time may belong to an older version of a file not yet known to be mutable.
        guard lag <= FileJudge.timeTolerance else { return }
        state.timeKeeping.note(isKept: lag.magnitude <= FileJudge.timeTolerance.magnitude)
    }

    /// Acts on what an answer changed.
    private mutating func follow(
        _ event: FileJudge.Event,
        of file: FileID,
        from before: FileJudge.Record,
        _ now: Timestamp
    ) {
        switch event {
        case .unchanged, .undecided: break
        case .renewed: settleRefusal(of: file)
        case .appeared:
            settleRefusal(of: file)
            noteAppearance(of: file, now)
        case .flapped:
            settleRefusal(of: file)
            doubtRevision += 1
        case .refusedOnce:
            search.remember(file, before)
            refusals.insert(file, in: neighbourhoods.number(of: file))
            noteRefusal(of: file, now)
        case .lost:
            noteEndOfProof(of: file, before, now)
            noteLoss(of: file, now)
        case .lostInDoubt:
            noteEndOfProof(of: file, before, now)
            // No longer in question, but still in the maps.
            latestLosses.append(Contradiction(file, at: now))
            doubtRevision += 1
            putLinksInQuestion(of: file, now)
        }
        noteInvestigated(file, event, now)
    }

    private mutating func noteEndOfProof(
        of file: FileID,
        _ before: FileJudge.Record,
        _ now: Timestamp
    ) {
        search.remember(file, before)
        settleRefusal(of: file)
        if state.memory.contests[file.rawValue] != nil { updateInconsistency(now) }
    }

    /// Counts a file no longer as refused once: it is there after all, or it is lost, which is
    /// counted elsewhere.
    private mutating func settleRefusal(of file: FileID) {
        guard !refusals.isEmpty else { return }
        refusals.remove(file, in: neighbourhoods.number(of: file))
    }
}
