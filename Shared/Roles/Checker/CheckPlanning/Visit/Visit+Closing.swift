package import Catalogs
package import CheckStates
import Mirrors
package import Time

extension Visit {
    /// Ends a visit and returns the questions until the next visit that needs the state.
    package mutating func close(now: Timestamp) -> Agenda {
        settleInconsistency(now)
        if state.doubtedAt == nil,
            now.seconds(since: state.lossesSince) >= CheckState.lossSeconds
        {
            state.forgetLosses(now: now)
            recountLosses()
        }
        if news.hasAppeared { state.noteAppearances(in: catalog, now: now) }
        news.hasAppeared = false
        var end = now.advanced(bySeconds: PolicySettings.horizonSeconds)
        let urgency = urgency(now: now)
        if urgency == nil {
            extendPlan(until: end, now)
            planRemoved(until: end, now)
        }
        var agenda = Agenda(
            accessPointID: state.accessPointID,
            baseURL: state.baseURL,
            generation: catalog.generation,
            madeAt: now,
            opensAt: end
        )
        agenda.counts = totals.counts
        agenda.newest = newestProven
        agenda.rememberedStrategy = state.rememberedStrategy
        agenda.classesMark = policy.classesMark
        if let urgency {
            (agenda.opensAt, agenda.urgency) = (now, urgency)
            putBackRoutine()
        } else {
            agenda.entries = entries(until: end, now)
            // If not everything fits, the state is opened sooner.
            if agenda.entries.count > Agenda.entryLimit {
                end = agenda.entries[Agenda.entryLimit].dueAt
                agenda.entries.removeSubrange(Agenda.entryLimit...)
            }
            agenda.opensAt = opening(before: end, now)
            if shutUntil == nil, let time = suspicions.firstDueAt, time <= agenda.opensAt {
                (agenda.opensAt, agenda.urgency) = (time, .suspicion)
            }
            if state.doubtedAt != nil { agenda.urgency = .doubt }
        }
        return agenda
    }

    /// Schedules again the samplings and listings that an interrupted visit did not reach.
    private mutating func putBackRoutine() {
        if let first = plan.nextDueAt, let until = state.memory.served.sampledUntil {
            state.memory.served.sampledUntil = min(until, first.advanced(bySeconds: -1))
        }
        if !folders.queue.isEmpty, let time = folders.listedBefore {
            state.memory.served.listedUntil = time
        }
    }

    /// When the state has work that an agenda has no room for.
    private func opening(before end: Timestamp, _ now: Timestamp) -> Timestamp {
        if let shutUntil { return shutUntil }
        var opensAt = profile.isWeb ? end : nextBulkAt
        // Files that did not answer while in doubt are asked for again soon.
        if state.doubtedAt != nil, state.memory.doubtReason != .contradictory {
            opensAt = min(opensAt, now.advanced(bySeconds: PolicySettings.bundleSeconds))
        }
        // A doubt about single files ends by itself.
        if let time = latestLosses.map(\.at).max() {
            let until = time.advanced(bySeconds: PolicySettings.doubtSeconds + 1)
            if until > now { opensAt = min(opensAt, until) }
        }
        return opensAt
    }

    /// The questions up to `end` whose answers can be predicted.
    private func entries(until end: Timestamp, _ now: Timestamp) -> [Agenda.Entry] {
        guard shutUntil == nil else { return [] }
        var entries = plan.entries[plan.position...].filter { $0.dueAt <= end && isAsExpected($0) }
        var rests = rests
        while let (file, dueAt) = rests.popFirst(by: end) {
            guard neighbourhoods.number(of: file) != nil, !isFresh(file),
                state.outcome(of: file) != .present, dueTime(of: file, state[file]) <= dueAt
            else { continue }
            entries.append(
                Agenda.Entry(file, dueAt: profile.bundleEnd(max(dueAt, now)), expected: .missing)
            )
        }
        entries += polls(until: end, now)
        return entries.sorted { ($0.dueAt, $0.file) < ($1.dueAt, $1.file) }
    }

    /// The most recently proven of the newest files.
    private var newestProven: [FileID] {
        var files: [FileID] = []
        for file in policy.newestFirst.prefix(4_096) where files.count < Agenda.newestLimit {
            guard isTrusted(file), catalog.byteCount(of: file) ?? 0 > 0 else { continue }
            files.append(file)
        }
        return files
    }

    mutating func recountLosses() {
        totals.lossCount = state.observations.files(with: ObservationColumns.lossBit)
            .count { neighbourhoods.number(of: FileID(UInt32($0))) != nil }
    }

    /// What the access point has, and what is left to ask.
    package func summary(now: Timestamp) -> CheckSummary {
        var summary = CheckSummary(nextDueAt: nextDueAt)
        summary.counts = totals.counts
        summary.urgency = urgency(now: now)
        summary.leftCount = leftCount
        summary.doubtedAt = state.doubtedAt
        summary.doubtReason = state.doubtedAt == nil ? nil : state.memory.doubtReason ?? .lost
        summary.questionedCount = totals.questionedCount
        summary.futureTimeCount = totals.futureTimeCount
        summary.freshness = state.freshness(now: now)
        summary.listedAt = state.memory.served.listedUntil
        return summary
    }

    /// The number of questions due, as far as they are counted.
    package var leftCount: Int {
        search.queue.count + news.queue.count + totals.firstPassLeft + folders.queue.count
            + (state.memory.investigation?.scope == .everything ? totals.counts.present : 0)
    }
}

extension Agenda {
    /// When the agenda next justifies a visit: at once for polls, at the end of a bundle for
    /// others.
    package func nextVisitAt(_ profile: AccessPointProfile) -> Timestamp {
        var earliest = opensAt
        var hasProof = false
        for entry in entries where entry.answeredAt == nil {
            switch entry.expected {
            case .missing: return min(earliest, entry.dueAt)
            case .present:
                if hasProof { continue }
                hasProof = true
                earliest = min(earliest, profile.bundleEnd(entry.dueAt))
            }
            if entry.dueAt > earliest { break }
        }
        return earliest
    }

    /// Whether a visit under `policy` at `now` needs the state.
    package func mustOpen(_ policy: CheckPolicy, now: Timestamp) -> Bool {
        outlook.mustOpen(policy, now: now)
    }

    /// The questions that are due by `now`.
    package func due(now: Timestamp) -> [Entry] {
        entries.prefix { $0.dueAt <= now }.filter { $0.answeredAt == nil }
    }

    /// What an answer means for a visit that has only the agenda.
    package enum Effect: Hashable, Sendable {
        /// As expected.
        case agrees
        /// Nothing was learnt; the question stays open.
        case nothing
        /// The state has to be opened for this answer.
        case surprise
    }

    /// Takes the answer to a question about `file`.
    package mutating func take(
        _ file: FileID,
        _ answer: FileAnswer,
        _ policy: CheckPolicy,
        now: Timestamp
    ) -> Effect {
        guard let position = entries.firstIndex(where: { $0.file == file && $0.answeredAt == nil })
        else { return .nothing }
        let judge = FileJudge(
            generation: generation,
            recheckSeconds: policy.settings.recheckSeconds
        )
        let expectation = policy.expectation(
            of: file,
            isMutable: policy.mutableFiles.contains(file),
            isWeb: false
        )
        let finding = judge.finding(answer, expectation, now)
        switch (entries[position].expected, finding) {
        case (_, .nothing), (_, .silence): return .nothing
        case (.present, .present), (.missing, .absent), (.missing, .refused),
            (.missing, .altered), (.missing, .previous), (.missing, .noLength), (.missing, .old),
            (.missing, .replaced), (.present, .undated):
            entries[position].answeredAt = now
            return .agrees
        case (.present, _), (.missing, .present), (.missing, .undated): return .surprise
        }
    }
}

extension Agenda.Outlook {
    /// Whether a visit under `policy` at `now` needs the state.
    package func mustOpen(_ policy: CheckPolicy, now: Timestamp) -> Bool {
        opensAt <= now || generation != policy.generation || classesMark != policy.classesMark
            || madeAt > now.advanced(bySeconds: PolicySettings.futureTolerance)
    }
}
