import Catalogs
import CheckStates
import FunctionRuntime
import HealthFormat
import HealthStorage
package import JSON
package import Mirrors
package import ObjectStorage
import StateStorage
import Time

/// One call of the Checker from its request to its result: health first, then the files.
package struct CheckSession {
    let request: CheckRequest
    let store: any BlobStore
    let clock: any CheckClock
    private let leaseClock: @Sendable () -> Int64
    private let launcher: any JobLauncher
    private let shouldStop: () -> Bool
    private let screen: Progress.Screen?
    private let report: (JSONValue) -> Void

    /// The longest that health may take before the files get their turn, in seconds.
    private static let longestProbe = 60.0

    /// Prepares a call; storage is read by ``run(makeTransport:)``.
    ///
    /// On a `screen` the progress is shown; without one `report` gets an object for each access point at
    /// the end. Storage is waited for where `launcher` runs jobs.
    package init(
        request: CheckRequest,
        store: any BlobStore,
        clock: any CheckClock,
        leaseClock: @escaping @Sendable () -> Int64 = Lease.now,
        launcher: any JobLauncher = InlineLauncher(),
        screen: Progress.Screen? = nil,
        report: @escaping (JSONValue) -> Void = Log.report,
        shouldStop: @escaping () -> Bool = { false }
    ) {
        self.request = Self.limited(request, at: clock.now)
        self.store = store
        self.clock = clock
        self.leaseClock = leaseClock
        self.launcher = launcher
        self.screen = screen
        self.report = report
        self.shouldStop = shouldStop
    }

    /// Does what the request says and returns the result line.
    ///
    /// `makeTransport` is given the access points in scope, in the order that questions number them.
    /// Throws ``FunctionError/badRequest(_:)`` for names in the request that the mirror list lacks.
    package func run(
        makeTransport: ([AccessPoint]) throws(CheckingError) -> any Transport
    ) throws -> JSONValue {
        if request.mode == .check, try !store.honoursConditions() {
            throw StorageError.conditionsIgnored
        }
        if let lateResult { return lateResult }
        let mirrors = try store.mirrors()
        let own = try share(of: mirrors)
        var scope: [AccessPoint]
        do {
            scope = try request.scope(in: own)
        } catch {
            throw FunctionError.badRequest("\(error)")
        }
        if let from = request.from, try store.regions()[from] == nil {
            throw FunctionError.badRequest("from: there is no region \"\(from)\"")
        }
        let calls = JSONValue.array(handOut(&scope).map(\.json))
        if calls != [], scope.isEmpty {
            return ["mode": "check", "ending": "handed out", "accessPoints": [], "calls": calls]
        }
        let catalog = try loadCatalog()
        let classes = try store.fileClasses()
        let transport = try makeTransport(scope)
        transport.expect(catalog)
        let spoken = scope.indices.filter { transport.speaks(scope[$0].scheme) }
            .map { (index: $0, accessPoint: scope[$0]) }
        let notChecked = scope.filter { !transport.speaks($0.scheme) }
            .map {
                CheckReport.Omission(id: $0.id, reason: transport.reasonNotToSpeak($0.scheme))
            }

        let existing = Set(mirrors.flatMap(\.accessPoints).map(\.id))
        let results = try probe(spoken, of: existing, catalog, transport)
        switch request.mode {
        case .probe:
            return probeJSON(results, notChecked)
        case .check:
            let vouchers = Self.vouchers(in: mirrors)
            var report = try check(spoken, vouchers, results, catalog, classes, transport)
            report.notChecked = notChecked
            if screen == nil { log(report) }
            var object = report.json
            object["mode"] = "check"
            if calls != [] { object["calls"] = calls }
            object["generation"] = .integer(Int64(report.generation))
            object["health"] = .object(countsJSON(results))
            return .object(object)
        }
    }

    /// The catalog; a probe does without one.
    private func loadCatalog() throws(StateStorageError) -> Catalog {
        do {
            return try store.catalog()
        } catch .noCatalog where request.mode == .probe {
            return Catalog()
        }
    }

    private func probe(
        _ spoken: [(index: Int, accessPoint: AccessPoint)],
        of existing: Set<AccessPoint.ID>,
        _ catalog: Catalog,
        _ transport: any Transport
    ) throws -> [AccessPoint.ID: HealthProbe.Result] {
        let targets = try targets(spoken, catalog, transport)
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
        let now = clock.now
        try publish(results, of: existing, now: now)
        if let region = request.from {
            let times = results.mapValues(\.latencyMilliseconds)
            try store.add(times, from: region, existing: existing)
        }
        return results
    }

    /// Writes what the probe came to.
    ///
    /// A check goes on where others write to health all the time: it asked for its own sake, and
    /// what it learnt is a minute old at most.
    private func publish(
        _ results: [AccessPoint.ID: HealthProbe.Result],
        of existing: Set<AccessPoint.ID>,
        now: Timestamp
    ) throws(StorageError) {
        let budget = Double(request.settings.budgetSeconds)
        let contention = Contention(patienceSeconds: min(20, max(budget / 4, 2)))
        var before: [AccessPoint.ID: Health.Status] = [:]
        do throws(StorageError) {
            try HealthStore(store, against: contention).update(now: now) { health in
                before = health.statuses
                health.update(with: results, existing: existing, now: now)
            }
        } catch .conditionFailed where request.mode == .check {
            Log.warning("health was not written: others write to it all the time")
            return
        }
        for (id, result) in results where result.isUp != (before[id]?.isUp ?? true) {
            Log.info(
                result.isUp ? "up" : "down",
                [
                    "accessPoint": id, "problem": result.outage?.sentence,
                    "detail": result.isUp ? nil : result.detail,
                ]
            )
        }
    }

    /// What a state says for a probe.
    private struct Probed: Sendable {
        var target: HealthProbe.Target
        var way: AskingWay?
    }

    /// What is to be probed.
    ///
    /// A bucket is asked for many states at once: hundreds of them, one after the other, would take longer
    /// than the probe.
    private func targets(
        _ spoken: [(index: Int, accessPoint: AccessPoint)],
        _ catalog: Catalog,
        _ transport: any Transport
    ) throws(StorageError) -> [HealthProbe.Target] {
        let (states, now) = (CheckStateStore(store), clock.now)
        let executor = JobExecutor<Result<Probed, StorageError>>(launcher: launcher, clock: clock)
        // Nobody is sent to rsync, and a listing is no cheap question.
        for (index, accessPoint) in spoken where accessPoint.scheme != .rsync {
            executor.submit {
                Result { () throws(StorageError) in
                    let state = try states.load(accessPoint).state
                    return Probed(
                        target: HealthProbe.Target(
                            index: index,
                            id: accessPoint.id,
                            knownFiles: state.knownFiles(in: catalog, count: 2)
                        ),
                        way: state.way(now: now)
                    )
                }
            }
        }
        var targets: [HealthProbe.Target] = []
        for result in executor.takeAll() {
            let probed = try result.get()
            if let way = probed.way { transport.begin(with: way, at: probed.target.index) }
            targets.append(probed.target)
        }
        return targets
    }

    private func check(
        _ spoken: [(index: Int, accessPoint: AccessPoint)],
        _ vouchers: [AccessPoint.ID: AccessPoint],
        _ results: [AccessPoint.ID: HealthProbe.Result],
        _ catalog: Catalog,
        _ classes: FileClasses,
        _ transport: any Transport
    ) throws(CheckingError) -> CheckReport {
        let targets = spoken.map { index, accessPoint in
            // A server that is silent twice is not asked 150,000 questions; one that lacks files is.
            let result = results[accessPoint.id]
            let isSilent = result?.isUp == false && result?.latencyMilliseconds == nil
            return CheckRun.Target(
                index: index,
                accessPoint: accessPoint,
                restReason: isSilent ? "down: \(result?.outage?.sentence ?? "no answer")" : nil,
                voucher: vouchers[accessPoint.id]
            )
        }
        let run = CheckRun(
            targets: targets,
            catalog: catalog,
            transport: transport,
            states: CheckStateStore(store),
            leases: CheckLeases(store, seconds: request.settings.leaseSeconds, clock: leaseClock),
            classes: classes,
            settings: request.settings,
            clock: clock,
            watch: CatalogWatch(store),
            progress: Progress(screen: screen),
            launcher: launcher,
            shouldStop: shouldStop
        )
        return try run.run()
    }

    /// The rsync access points that may vouch for others of their mirror, by those.
    private static func vouchers(in mirrors: [Mirror]) -> [AccessPoint.ID: AccessPoint] {
        var vouchers: [AccessPoint.ID: AccessPoint] = [:]
        for mirror in mirrors where mirror.checkBy == .shared {
            let voucher = mirror.accessPoints.first { $0.scheme == .rsync }
            for accessPoint in mirror.accessPoints
            where accessPoint.scheme == .http || accessPoint.scheme == .https {
                vouchers[accessPoint.id] = voucher
            }
        }
        return vouchers
    }

    private func countsJSON(_ results: [AccessPoint.ID: HealthProbe.Result]) -> JSONObject {
        let upCount = results.values.count { $0.isUp }
        return [
            "up": .integer(Int64(upCount)), "down": .integer(Int64(results.count - upCount)),
        ]
    }

    private func probeJSON(
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

    /// One JSON line for each access point.
    private func log(_ report: CheckReport) {
        for line in report.accessPoints { self.report(.object(line.json)) }
        for omission in report.notChecked { self.report(omission.json) }
    }
}
