import Catalogs
import CheckStates
import FunctionRuntime
import MirrorStorage
import Mirrors
import ObjectStorage
import Time

/// The part of a session that measures the throughput of mirrors, each once a day.
extension CheckSession {
    /// No measurement is begun after the budget divided by this.
    private static let budgetPart = 8.0

    /// Measures the access points that are due today, those that have waited longest first.
    ///
    /// Measurements only help to rank: if storage fails, this is logged and the check continues.
    func measureThroughput(
        _ scope: CheckScope,
        probed results: [AccessPoint.ID: HealthProbe.Result],
        of catalog: Catalog,
        through transport: any Transport
    ) {
        guard request.settings.measuresThroughput, request.isScheduled, let region = request.from
        else { return }
        do throws(StorageError) {
            let samples = try store.probeSamples(of: region)
            let due = dueForThroughput(
                scope,
                probed: results,
                through: transport,
                given: samples
            )
            let round = ThroughputRound(
                catalog: catalog,
                transport: transport,
                clock: clock,
                shouldStop: shouldStop
            )
            let budget = Double(request.settings.budgetSeconds)
            let begunAt = clock.elapsed
            for (number, accessPoint) in due {
                guard clock.elapsed - begunAt < budget / Self.budgetPart,
                    clock.elapsed + ThroughputRound.longestSeconds < budget / 2, !shouldStop()
                else { break }
                try measure(accessPoint, number, in: round, groups: scope.groups, from: region)
            }
        } catch {
            Log.warning("throughput not measured", ["reason": error])
        }
    }

    /// The access points that are up, not metered, and due.
    private func dueForThroughput(
        _ scope: CheckScope,
        probed results: [AccessPoint.ID: HealthProbe.Result],
        through transport: any Transport,
        given samples: ProbeSamples
    ) -> [(AccessPointNumber, AccessPoint)] {
        let now = clock.now.secondsSinceEpoch
        func throughput(_ id: AccessPoint.ID) -> ThroughputSamples {
            samples.accessPoints[id]?.throughput ?? ThroughputSamples()
        }
        return scope.spoken(transport).filter { _, accessPoint in
            let isWeb = accessPoint.scheme == .http || accessPoint.scheme == .https
            let result = results[accessPoint.id]
            return isWeb && !scope.isMetered(accessPoint.id)
                && result?.isUp ?? true && result?.wantsPause != true
                && throughput(accessPoint.id)
                    .isDue(now: now, secondOfDay: ThroughputRound.secondOfDay(of: accessPoint.id))
        }.sorted { first, second in
            let (one, other) = (throughput(first.1.id).askedAt, throughput(second.1.id).askedAt)
            return (one ?? 0, ThroughputRound.secondOfDay(of: first.1.id))
                < (other ?? 0, ThroughputRound.secondOfDay(of: second.1.id))
        }
    }

    private func measure(
        _ accessPoint: AccessPoint,
        _ number: AccessPointNumber,
        in round: ThroughputRound,
        groups: AccessPointGroups,
        from region: Region.ID
    ) throws(StorageError) {
        let id = accessPoint.id
        guard round.hasRoom(number) else { return }
        let mine = try store.beginMeasuring(
            [id],
            from: region,
            now: clock.now,
            secondOfDay: ThroughputRound.secondOfDay(of:)
        )
        guard mine == [id] else { return }
        let state = try CheckStateStore(store, groups: groups).load(accessPoint).state
        guard let file = state.sampleFile(in: round.catalog) else { return }
        let transfer = round.transfer(of: file, from: number)
        let rate = transfer?.kibibytesPerSecond
        Log.info(
            "throughput measured",
            [
                "accessPoint": id, "kibibytesPerSecond": rate,
                "bytes": transfer.map { Int($0.byteCount) },
                "file": round.catalog.path(of: file.id),
            ]
        )
        let rates: [AccessPoint.ID: Int?] = Dictionary(
            ([id] + groups.aliases(of: id)).map { ($0, rate) }
        ) { first, _ in first }
        try store.add(throughput: rates, from: region, now: clock.now)
    }
}
