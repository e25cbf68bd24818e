import Catalogs
import CheckStates
import FunctionRuntime
import MirrorStorage
import Mirrors
import ObjectStorage
import Time

/// The part of a session that measures how much mirrors send a second, each once a day.
extension CheckSession {
    /// The part of the budget that may go by before the last one is begun.
    private static let budgetPart = 8.0

    /// Measures where the day's turn has come, those first that wait for longest.
    ///
    /// A measurement helps to rank and nothing more: where storage fails, that is logged and the
    /// check goes on.
    func measureThroughput(
        _ scope: CheckScope,
        _ results: [AccessPoint.ID: HealthProbe.Result],
        _ catalog: Catalog,
        _ transport: any Transport
    ) {
        guard request.settings.measuresThroughput, request.isScheduled, let region = request.from
        else { return }
        do throws(StorageError) {
            let samples = try store.probeSamples(of: region)
            let due = dueForThroughput(scope, results, transport, samples)
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
                try measureThroughput(accessPoint, number, round, scope, region)
            }
        } catch {
            Log.warning("throughput not measured", ["reason": error])
        }
    }

    /// Those that are up, not metered and due.
    private func dueForThroughput(
        _ scope: CheckScope,
        _ results: [AccessPoint.ID: HealthProbe.Result],
        _ transport: any Transport,
        _ samples: ProbeSamples
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
                    .isDue(now: now, turn: ThroughputRound.turn(of: accessPoint.id))
        }.sorted { first, second in
            let (one, other) = (throughput(first.1.id).askedAt, throughput(second.1.id).askedAt)
            return (one ?? 0, ThroughputRound.turn(of: first.1.id))
                < (other ?? 0, ThroughputRound.turn(of: second.1.id))
        }
    }

    private func measureThroughput(
        _ accessPoint: AccessPoint,
        _ number: AccessPointNumber,
        _ round: ThroughputRound,
        _ scope: CheckScope,
        _ region: Region.ID
    ) throws(StorageError) {
        let id = accessPoint.id
        guard round.hasRoom(number) else { return }
        let mine = try store.beginMeasuring(
            [id],
            from: region,
            now: clock.now,
            turn: ThroughputRound.turn(of:)
        )
        guard mine == [id] else { return }
        let state = try CheckStateStore(store, groups: scope.groups).load(accessPoint).state
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
            ([id] + scope.groups.aliases(of: id)).map { ($0, rate) }
        ) { first, _ in first }
        try store.add(throughput: rates, from: region, now: clock.now)
    }
}
