import Catalogs
import CheckPlanning
import CheckStates
import FunctionRuntime
import HealthFormat
import HealthStorage
import Events
import Heartbeats
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import Time

/// The part of a session that finds out which access points are up.
extension CheckSession {
    /// The maximum duration of the probe before files are checked, in seconds.
    private static let longestProbe = 60.0

    /// How long a writer of health retries: a part of the budget, to leave time for storing.
    var contention: Contention {
        Contention(patienceSeconds: min(20, max(Double(request.settings.budgetSeconds) / 4, 2)))
    }

    /// Probes the access points in scope and writes health.
    ///
    /// The result for a URL applies to every access point that lists it.
    func probe(
        _ scope: CheckScope,
        _ catalog: Catalog,
        _ transport: any Transport
    ) throws -> [AccessPoint.ID: HealthProbe.Result] {
        let policy = try policy(catalog)
        let before = try HealthStore(store, against: contention).read()
        let targets = try targets(in: scope, of: catalog, through: transport, after: before)
        let budget = Double(request.settings.budgetSeconds) - 1
        let probe = HealthProbe(
            targets: targets,
            catalog: catalog,
            transport: transport,
            clock: clock
        )
        let results = probe.run(
            until: request.mode == .probe ? budget : min(budget / 2, Self.longestProbe),
            shouldStop: shouldStop
        )
        var credited = results
        for (id, result) in results {
            for alias in scope.groups.aliases(of: id) { credited[alias] = result }
        }
        try publish(credited, of: scope.existing, policy, now: clock.now)
        if let region = request.from {
            let times = credited.mapValues(\.latencyMilliseconds)
            try store.add(times, from: region, existing: scope.existing)
        }
        return results
    }

    /// Writes the results of the probe.
    ///
    /// A check continues if other writers keep changing health: the probe's main purpose was the
    /// check itself, and stored health is at most a minute old.
    private func publish(
        _ results: [AccessPoint.ID: HealthProbe.Result],
        of existing: Set<AccessPoint.ID>,
        _ policy: CheckPolicy,
        now: Timestamp
    ) throws(StorageError) {
        var before: [AccessPoint.ID: Health.Status] = [:]
        do throws(StorageError) {
            try HealthStore(store, against: contention).update(now: now) { health in
                before = health.statuses
                health.update(
                    with: results,
                    existing: existing,
                    now: now,
                    nameHashes: policy.nameHashes
                )
            }
        } catch .conditionFailed where request.mode == .check {
            Log.warning("health not written", ["reason": "too many writers at once"])
            return
        }
        for (id, result) in results.sorted(by: { $0.key < $1.key })
        where result.isUp != (before[id]?.isUp ?? true) {
            note(id, result, before[id])
            Log.info(
                result.isUp ? "access point up" : "access point down",
                [
                    "accessPoint": id, "problem": result.outage?.sentence,
                    "detail": result.isUp ? nil : result.detail,
                ]
            )
        }
    }

    private func note(
        _ id: AccessPoint.ID,
        _ result: HealthProbe.Result,
        _ before: Health.Status?
    ) {
        if let outage = result.outage {
            notes.add(.down, id, is: outage.name, text: outage.sentence)
        } else {
            notes.add(
                .up,
                id,
                was: before?.outage?.name,
                text: before.map { "down since \($0.since)" }
            )
        }
    }

    /// The access points to probe.
    ///
    /// Agendas are read from a bucket concurrently: hundreds of sequential reads would take longer
    /// than the probe.
    private func targets(
        in scope: CheckScope,
        of catalog: Catalog,
        through transport: any Transport,
        after before: Health
    ) throws(StorageError) -> [HealthProbe.Target] {
        let (states, now) = (CheckStateStore(store, groups: scope.groups), clock.now)
        let plan = ProbePlan(after: before, catalog: catalog, now: now)
        typealias Planned = (target: HealthProbe.Target, strategy: AskingStrategy?)
        let executor = JobExecutor<Result<Planned, StorageError>>(launcher: launcher, clock: clock)
        // Clients are never sent to rsync, and a listing is expensive.
        for (number, accessPoint) in scope.spoken(transport) where accessPoint.scheme != .rsync {
            executor.submit {
                Result { () throws(StorageError) in
                    let agenda = try states.loadAgenda(of: accessPoint).agenda
                    let target = try plan.target(accessPoint, number: number, agenda: agenda) {
                        () throws(StorageError) in
                        try states.load(accessPoint).state
                    }
                    return (target, agenda?.strategy(now: now))
                }
            }
        }
        var targets: [HealthProbe.Target] = []
        for result in executor.takeAll() {
            let (target, strategy) = try result.get()
            if let strategy { transport.begin(with: strategy, at: target.number) }
            targets.append(target)
        }
        let numbers = Dictionary(targets.map { ($0.id, $0.number) }) { first, _ in first }
        for number in targets.indices {
            let id = targets[number].id
            guard let twin = scope.groups.twin(of: id), plan.isSpare(id, beside: twin)
            else { continue }
            targets[number].spareOf = numbers[twin]
        }
        return targets
    }

    /// The numbers of access points that are up and down.
    func countsJSON(_ results: [AccessPoint.ID: HealthProbe.Result]) -> JSONObject {
        let upCount = results.values.count { $0.isUp }
        return [
            "up": .integer(Int64(upCount)), "down": .integer(Int64(results.count - upCount)),
        ]
    }

    func probeJSON(
        _ results: [AccessPoint.ID: HealthProbe.Result],
        _ notChecked: [CheckReport.Omission]
    ) -> JSONValue {
        var object = countsJSON(results)
        object["mode"] = "probe"
        object["seconds"] = .integer(Int64(clock.elapsed.rounded(.up)))
        object["accessPoints"] = .array(
            results.sorted { $0.key < $1.key }.map { id, result in
                var line: JSONObject = ["id": .string(id), "up": .bool(result.isUp)]
                line["latencyMilliseconds"] = result.latencyMilliseconds.map { .integer($0) }
                line["class"] = result.outage.map { .string($0.name) }
                line["problem"] = result.outage.map { .string($0.sentence) }
                return .object(line)
            }
        )
        object["notChecked"] = .array(notChecked.map(\.json))
        return .object(object)
    }
}
