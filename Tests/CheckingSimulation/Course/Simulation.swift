import Catalogs
import CheckStates
import Checking
import FunctionRuntime
import HealthFormat
import MapBuilding
import Mirrors
import ObjectStorage

/// Simulates mirrors, a master and all functions over weeks, within minutes.
///
/// Time advances in steps of half a minute. The functions of template.yaml begin on the minute: the
/// leader every ten minutes, checks every five, probe and builder every one; mirrors change on the
/// half minute. Runs that take longer than a step pause at its end, until everything else has
/// arrived there, too. Maps are built and mirrors are probed beside the runs, from what was known
/// at the minute. The course of events depends only on the seed.
package final class Simulation {
    let settings: SimulationSettings
    let world: World
    let store = SimulatedStore()
    var catalogs: CatalogSeries
    /// The catalog for a run that begins on the minute: the leader publishes some seconds later.
    private(set) var previousCatalog: Catalog
    private(set) var board: OfferBoard
    private(set) var ledger: Ledger
    private let maps: MapBoard
    /// For each access point of ``maps``, whose state is its own.
    private let canonicalIDs: [AccessPoint.ID]
    let prober: Prober
    let visits: Visits
    private let parts: [Part]
    private(set) var firstPass: FirstPass
    private var planChance: Chance
    /// The delays of new files, from publication to the first offer, in seconds.
    private(set) var arrivals = ArrivalTimes()
    private var time: Int
    /// The calls of the latest round.
    private var calls: [CheckCall] = []
    /// The end of the current step.
    private(set) var horizon = 0.0

    var refusedMapCount: Int { maps.refusedCount }
    /// The events of runs that their stages did not expect.
    private(set) var impossibleEventCount = 0

    package init(_ settings: SimulationSettings) {
        self.settings = settings
        world = World(settings)
        time = -settings.warmUpSeconds
        catalogs = CatalogSeries(of: world.master, at: time)
        previousCatalog = catalogs.catalog
        let clients = Clients(mirrors: settings.mirrors)
        board = OfferBoard(world.network, clients: clients)
        ledger = Ledger(at: Double(time))
        maps = MapBoard(mirrors: settings.mirrors, points: clients.points)
        prober = Prober(world.network, region: "europe")
        visits = Visits(
            world.network,
            mirrors: settings.mirrors,
            settings: settings.policySettings,
            catalog: catalogs.catalog
        )
        canonicalIDs = clients.points.map { [visits] in visits.groups.canonical(of: $0.id) }
        parts = (0..<settings.partCount).map { _ in Part() }
        planChance = Chance(seed: settings.seed, "plan")
        firstPass = FirstPass(pointCount: world.network.points.count)
    }

    deinit {
        for part in parts { part.end() }
    }

    /// Runs the whole simulation; `progress` is called for each day.
    package func run(progress: (Int) -> Void = { _ in }) -> Outcome {
        let firstSeen = FirstSeen(catalogs.catalog)
        world.network.firstSeen = { firstSeen.time(of: $0) }
        while time < settings.seconds {
            if time == 0 { ledger.begin(at: 0) }
            ledger.trace = settings.trace
            if time % SimulatedTime.day == 0 { progress(time / SimulatedTime.day) }
            step(firstSeen)
        }
        ledger.advance(to: Double(time), board)
        return Outcome(self)
    }

    private func step(_ firstSeen: FirstSeen) {
        moveWorld()
        var health: [Prober.Change] = []
        if time % 60 == 0 {
            let minute = Minute(self)
            let published = publishCatalog(firstSeen)
            var probed: Prober.Findings?
            if isRoundDue {
                // A round knows which hosts are silent.
                probed = probe(minute)
                health = take(probed)
                startRound()
            }
            let busy = proceed()
            let build = build(from: minute)
            if !isRoundDue { probed = probe(minute) }
            takeFindings(of: busy)
            offer(build, of: minute)
            arrivals.expect(published, at: time)
            if !isRoundDue { health = take(probed) }
        } else {
            takeFindings(of: proceed())
        }
        if !health.isEmpty || !doubtChanges.isEmpty {
            // A run's findings within the step are written at its end, or with the next ones.
            let seconds = health.isEmpty ? 29.0 : Self.healthSeconds
            ledger.advance(to: Double(time) + seconds, board)
            apply(health)
            applyDoubts()
        }
        ledger.lookAtFaults(board, at: time)
        if settings.watchesFirstPass, time % 60 == 0 { firstPass.look(at: self, time) }
        if time % 300 == 0 { ledger.addUnused(board, settled: settledFiles, seconds: 300) }
        time += 30
    }

    /// The time from the minute until redirectors have new maps, or new health.
    private static let buildSeconds = 4.0
    private static let healthSeconds = 6.0

    // MARK: - The world

    private func moveWorld() {
        let network = world.network
        network.isOffline = isTroubled { if case .networkDown = $0 { true } else { false } }
        store.isFailing = isTroubled { if case .storageFails = $0 { true } else { false } }
        ledger.advance(to: Double(time), board)
        for site in network.sites where site.nextEventAt <= time {
            let changes = site.advance(to: time, causeNumber: world.kinds.number)
            for fault in changes.ended { ledger.note(ended: fault, at: site, time: time) }
            board.take(changes.paths, of: site, at: time)
            for fault in changes.started {
                let cause = OfferBoard.SiteCause(site: site.number, cause: .fault(fault.cause))
                let count = board.wrongCounts[cause] ?? 0
                ledger.note(started: fault, at: site, hitCount: count)
            }
        }
        board.settle()
    }

    private func isTroubled(_ isKind: (FaultMix.OwnTrouble) -> Bool) -> Bool {
        world.ownTroubles.contains { isKind($0.kind) && $0.start <= time && time < $0.end }
    }

    /// The error of our wall clock, in seconds.
    var wallOffset: Int {
        for trouble in world.ownTroubles where trouble.start <= time && time < trouble.end {
            // Alternately ahead and behind.
            if case .clockOff(let seconds) = trouble.kind {
                return trouble.start / 60 % 2 == 0 ? seconds : -seconds
            }
        }
        return 0
    }

    // MARK: - The functions

    /// Returns the paths that are new, or have new content.
    private func publishCatalog(_ firstSeen: FirstSeen) -> [Int] {
        previousCatalog = catalogs.catalog
        guard time % 600 == 0, !store.isFailing else { return [] }
        let changed = catalogs.publish(at: time)
        guard !changed.isEmpty else { return [] }
        visits.adopt(catalogs.catalog)
        firstSeen.add(catalogs.catalog)
        return changed.filter { catalogs.expected[$0] > 0 }
    }

    /// Storage at the minute.
    private struct Minute {
        let catalog: Catalog
        let expected: [UInt8]
        let stored: SimulatedStore.Snapshot

        init(_ simulation: Simulation) {
            catalog = simulation.catalogs.catalog
            expected = simulation.catalogs.expected
            stored = simulation.store.snapshot()
        }
    }

    private func build(from minute: Minute) -> MapBoard.Build? {
        guard !store.isFailing else { return nil }
        return maps.build(
            of: minute.catalog,
            states: canonicalIDs.map { minute.stored.states[$0] },
            board: board,
            measurements: { [prober] in prober.measurements(of: $0) },
            at: time,
            now: SimulatedTime.timestamp(time + wallOffset)
        )
    }

    /// Gives redirectors the maps, which they have a few seconds after the minute.
    private func offer(_ build: MapBoard.Build?, of minute: Minute) {
        ledger.advance(to: Double(time) + Self.buildSeconds, board)
        defer { board.settle() }
        guard let build else { return }
        board.expect(minute.expected, at: time)
        for (point, files) in build.rows {
            if time >= 0 {
                let moment = time + Int(Self.buildSeconds)
                arrivals.note(
                    files,
                    over: board.rows[point],
                    point: point,
                    of: board.site(of: point),
                    at: moment
                )
            }
            board.setRow(files, of: point, at: time)
        }
        if let orders = build.orders { board.rank { $0.rank(orders) } }
    }

    /// The clients' order of preference for the access points of some rows.
    func orders(of rows: [AccessPoint.ID: HolderTable.Row]) -> [RegionMapBuild] {
        maps.orders(of: rows) { [prober] in prober.measurements(of: $0) }
    }

    /// Nil if storage fails.
    private func probe(_ minute: Minute) -> Prober.Findings? {
        guard !store.isFailing else { return nil }
        return prober.probe(
            visits,
            catalogs.catalog,
            stored: minute.stored,
            at: time,
            wallOffset: wallOffset
        )
    }

    /// Adds a probe's results to health; returns what has changed.
    private func take(_ found: Prober.Findings?) -> [Prober.Change] {
        guard let found else { return [] }
        // Not the statuses themselves: while they are held twice, each change copies them all.
        let wasUp = visits.canonical.map { isUp($0.accessPoint.id) }
        doubtChanges.formUnion(visits.take(found.results, now: found.now))
        return zip(visits.canonical, wasUp).flatMap { point, wasUp -> [Prober.Change] in
            let isUp = isUp(point.accessPoint.id)
            guard isUp != wasUp else { return [] }
            return visits.all(of: point.number).map { Prober.Change(point: $0, isUp: isUp) }
        }
    }

    private func isUp(_ id: AccessPoint.ID) -> Bool { visits.health.statuses[id]?.isUp ?? true }

    private var doubtChanges: Set<Int> = []

    /// Tells redirectors about the doubts.
    private func applyDoubts() {
        guard !doubtChanges.isEmpty else { return }
        for point in doubtChanges.sorted() {
            let files = visits.doubted(point, in: world.master.table)
            for point in visits.all(of: point) {
                guard let number = board.compactNumber(of: point) else { continue }
                board.setDoubt(files, point: number, at: time)
            }
        }
        doubtChanges = []
        board.settle()
    }

    private func apply(_ changes: [Prober.Change]) {
        for change in changes {
            guard let point = board.compactNumber(of: change.point) else { continue }
            board.setUsable(change.isUp, point: point, at: time)
        }
        board.settle()
    }

    private var isRoundDue: Bool { time % 300 == 0 }

    private func startRound() {
        var generator = SeededRandom(planChance.uniform(in: 0..<Int.max))
        let plan = FanOutPlan(visits.hosts, callCount: settings.partCount, using: &generator)
        calls = zip(parts.indices, plan.calls).map { index, ids in
            CheckCall(
                self,
                points: ids.compactMap(world.network.number),
                at: time,
                seed: UInt64(planChance.uniform(in: 0..<Int.max)),
                park: parts[settings.isParallel ? index : 0].park
            )
        }
        if settings.isParallel {
            for (part, call) in zip(parts, calls) { start([call], on: part) }
        } else {
            start(calls, on: parts[0])
        }
    }

    /// Runs calls one after the other, first those by cron, then the wake-ups.
    private func start(_ calls: [CheckCall], on part: Part) {
        precondition(!part.isBusy, "a round goes on beyond its budget")
        let start = Double(time)
        part.take {
            let free = calls.reduce(start) { $1.runByCron(from: $0) }
            _ = calls.reduce(free) { $1.runByWakeUp(from: $0) }
        }
    }

    /// Lets all runs go on to the end of the step; returns those that do.
    private func proceed() -> [Part] {
        horizon = Double(time) + 30
        let busy = parts.filter(\.isBusy)
        for part in busy { part.proceed(to: horizon) }
        return busy
    }

    /// Waits until the runs have arrived there, and takes what they found.
    private func takeFindings(of busy: [Part]) {
        for part in busy { part.waitUntilStanding() }
        guard !busy.isEmpty else { return }
        for call in calls {
            let found = call.takeFindings()
            impossibleEventCount += found.impossibleEventCount
            let changed = visits.take(
                found.words,
                told: found.told,
                numbers: world.network.number
            )
            doubtChanges.formUnion(changed)
        }
    }

    // MARK: - Results

    /// Files that have been there for a day.
    var settledFiles: Words {
        if time - settledAt >= SimulatedTime.hour || settled.isEmpty {
            settledAt = time
            let table = world.master.table
            settled = Words.empty(table.count)
            for path in 0..<table.count where table.bornAt[path] < time - SimulatedTime.day {
                settled.set(path, true)
            }
        }
        return settled
    }
    private var settled: Words = []
    private var settledAt = 0
}

/// A generator seeded with a number.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: Int) {
        state = UInt64(truncatingIfNeeded: seed)
    }

    mutating func next() -> UInt64 {
        state = Chance.mixed(state, 1)
        return state
    }
}

/// When the catalog first held each path.
final class FirstSeen {
    private var times: [Int] = []

    init(_ catalog: Catalog) {
        // Paths that exist from the start are old.
        times = catalog.ids.map { _ in -PathTable.never }
    }

    func add(_ catalog: Catalog) {
        while times.count < catalog.count {
            let id = FileID(UInt32(times.count))
            times.append(SimulatedTime.seconds(catalog.firstSeen(of: id)))
        }
    }

    func time(of path: Int) -> Int? { path < times.count ? times[path] : nil }
}
