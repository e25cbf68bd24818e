package import Catalogs
package import HealthFormat
package import Mirrors
package import Time

extension Health {
    /// More unread evidence about one access point is not kept.
    private static let unheardEvidenceLimit = 16
    /// Access points that went down within this many seconds went down together: two rounds of
    /// probes.
    private static let togetherSeconds: Int64 = 120

    /// Takes over the results of a probe.
    ///
    /// Access points that were not probed keep their status; those that no longer exist lose it.
    ///
    /// Files that the probe found missing are doubted until a check has taken note. `nameHashes`
    /// returns the hashes of all names of files; see ``CheckPolicy/nameHashes(of:)``.
    package mutating func update(
        with results: [AccessPoint.ID: HealthProbe.Result],
        existing: Set<AccessPoint.ID>,
        now: Timestamp,
        nameHashes: ([FileID]) -> [UInt64]
    ) {
        // A filter copies even what it does not change.
        if statuses.contains(where: { !existing.contains($0.key) }) {
            statuses = statuses.filter { existing.contains($0.key) }
        }
        if doubts.contains(where: { !existing.contains($0.key) }) {
            doubts = doubts.filter { existing.contains($0.key) }
        }
        // Taken out: a change in place from another module sets the whole property each time.
        var changed = statuses
        statuses = [:]
        for (id, result) in results {
            let previous = changed[id]
            changed[id] = Status(
                outage: result.outage,
                since: previous?.isUp == result.isUp ? previous?.since ?? now : now,
                checkedAt: now,
                latencyMilliseconds: result.latencyMilliseconds,
                wantsPause: result.wantsPause,
                certificateEnd: result.certificateEnd ?? previous?.certificateEnd
            )
            if !result.evidence.isEmpty { doubt(id, result, now: now, nameHashes) }
        }
        statuses = changed
        probedAt = now
    }

    /// Doubts what a probe found missing.
    ///
    /// If a check already doubts the access point, it is looking at it. One that returned with an
    /// older tree is doubted as a whole, whatever was known before.
    private mutating func doubt(
        _ id: AccessPoint.ID,
        _ result: HealthProbe.Result,
        now: Timestamp,
        _ nameHashes: ([FileID]) -> [UInt64]
    ) {
        let known = doubts[id]
        if result.hasReturnedOlder {
            doubts[id] = Doubt(
                reason: .returned,
                since: now,
                scope: .whole,
                evidence: result.evidence,
                awaitsCheck: true
            )
            return
        }
        guard known == nil || known?.awaitsCheck == true && known?.scope != .whole else { return }
        var evidence = known?.evidence ?? []
        for item in result.evidence where !evidence.contains(where: { $0.fileID == item.fileID }) {
            evidence.append(item)
        }
        guard evidence.count != known?.evidence.count,
            evidence.count <= Self.unheardEvidenceLimit
        else { return }
        let files = evidence.map { FileID($0.fileID) }
        doubts[id] = Doubt(
            reason: result.evidence.first?.outage == .wrongLength ? .altered : .lost,
            since: now,
            scope: .paths(PathFilter(hashes: nameHashes(files))),
            evidence: evidence,
            awaitsCheck: true
        )
    }

    /// The access points that went down together with more than a fifth of all: the cause was our
    /// own network, and their trees are unchanged.
    package var downWithOthers: Set<AccessPoint.ID> {
        let down = statuses.filter { !$0.value.isUp }
            .sorted { ($0.value.since, $0.key) < ($1.value.since, $1.key) }
        var together: Set<AccessPoint.ID> = []
        var end = 0
        for start in down.indices {
            while end < down.count,
                down[end].value.since.seconds(since: down[start].value.since)
                    <= Self.togetherSeconds
            {
                end += 1
            }
            guard (end - start) * 5 > statuses.count else { continue }
            together.formUnion(down[start..<end].map(\.key))
        }
        return together
    }
}
