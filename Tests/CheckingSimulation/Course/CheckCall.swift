import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Mirrors
import Time

/// The calls of the checker for a part of the access points in one round: by cron, and, where the
/// leader published meanwhile, by its wake-up.
///
/// Each goes about it as ``CheckSession`` does: health first, then the files.
final class CheckCall {
    private let simulation: Simulation
    private let points: [Network.Point]
    private let time: Int
    private let seed: UInt64
    private let park: () -> Double
    private let catalog: Catalog
    private let nextCatalog: Catalog?
    /// What the probes that begin the calls came to, to be taken over at the end of the step.
    private(set) var results: [(results: [AccessPoint.ID: HealthProbe.Result], now: Timestamp)] = []
    /// When the latest call was over.
    private var endedAt: Double

    /// From the minute until the leader has published and woken the checker.
    private static let wakeUpSeconds = 5.0
    /// The shortest time that is worth a call.
    private static let shortest: Int64 = 5

    init(
        _ simulation: Simulation,
        points: [Int],
        at time: Int,
        seed: UInt64,
        park: @escaping () -> Double
    ) {
        self.simulation = simulation
        self.points = points.map { simulation.world.network.points[$0] }
        self.time = time
        self.seed = seed
        self.park = park
        endedAt = Double(time)
        catalog = simulation.previousCatalog
        let newest = simulation.catalogs.catalog
        nextCatalog = newest.generation == catalog.generation ? nil : newest
    }

    /// The call by cron; returns when it was over.
    ///
    /// `start` is when a place in the queue became free.
    func runByCron(from start: Double) -> Double {
        run(catalog, from: max(start, Double(time)))
    }

    /// The call by the leader.
    func runByWakeUp(from start: Double) -> Double {
        guard let nextCatalog else { return start }
        return run(nextCatalog, from: max(start, endedAt, Double(time) + Self.wakeUpSeconds))
    }

    func takeResults() -> [(results: [AccessPoint.ID: HealthProbe.Result], now: Timestamp)] {
        defer { results = [] }
        return results
    }

    private func run(_ catalog: Catalog, from start: Double) -> Double {
        let settings = simulation.settings
        var checkSettings = settings.checkSettings
        // All calls of a round end with it.
        checkSettings.budgetSeconds -= Int64(start) - Int64(time)
        guard checkSettings.budgetSeconds >= Self.shortest, !simulation.store.isFailing else {
            return start
        }
        let clock = VirtualClock(
            startedAt: start,
            horizon: simulation.horizon,
            wallOffset: simulation.wallOffset,
            park: park
        )
        let transport = SimulatedTransport(
            simulation.world.network,
            clock: clock,
            manners: SimulatedTransport.Manners(
                requestsPerSecond: Double(checkSettings.requestsPerSecond),
                connectionsPerHost: Double(checkSettings.connectionsPerHost),
                isPipelining: settings.isPipelining,
                weight: settings.questionWeight
            )
        )
        guard settings.isFormer else {
            visit(catalog, transport, clock, until: Double(checkSettings.budgetSeconds) - 2)
            endedAt = clock.time
            return endedAt
        }
        let silent = probe(catalog, transport, clock, budget: Double(checkSettings.budgetSeconds))
        let wall = clock.wallSeconds
        let run = CheckRun(
            targets: points.map { point in
                CheckRun.Target(
                    index: point.number,
                    profile: AccessPointProfile(point.accessPoint),
                    restReason: silent.contains(point.accessPoint.id) ? "down" : nil
                )
            },
            policy: CheckPolicy(
                catalog: catalog,
                classes: .standard,
                settings: checkSettings.policy
            ),
            transport: transport,
            states: simulation.store,
            leases: CheckLeases(
                simulation.store.blobs,
                seconds: checkSettings.leaseSeconds,
                clock: { wall.get() }
            ),
            settings: checkSettings,
            clock: clock,
            random: SeededRandom(Int(truncatingIfNeeded: seed)),
            shouldStop: { false }
        )
        // What storage refuses ends the run; the next one goes on.
        _ = try? run.run()
        endedAt = clock.time
        return endedAt
    }

    /// Those that gave no answer at all.
    private func probe(
        _ catalog: Catalog,
        _ transport: SimulatedTransport,
        _ clock: VirtualClock,
        budget: Double
    ) -> Set<AccessPoint.ID> {
        let probe = HealthProbe(
            targets: points.compactMap {
                simulation.prober.target($0, catalog, simulation.store)
            },
            catalog: catalog,
            transport: transport,
            clock: clock
        )
        let found = probe.run(until: min(budget / 2, 60))
        results.append((found, clock.now))
        return Set(found.filter { !$0.value.isUp && $0.value.latencyMilliseconds == nil }.keys)
    }

    // MARK: - By the policy

    /// What visits said of doubts, in the order in which they did.
    private(set) var doubts: [(point: Int, doubt: AccessPointDoubt?)] = []
    /// The access points that were told what the probe had found.
    private(set) var told: [Int] = []

    func takeDoubts() -> (doubts: [(point: Int, doubt: AccessPointDoubt?)], told: [Int]) {
        defer { (doubts, told) = ([], []) }
        return (doubts, told)
    }

    private func visit(
        _ catalog: Catalog,
        _ transport: SimulatedTransport,
        _ clock: VirtualClock,
        until end: Double
    ) {
        let visits = simulation.visits
        let run = VisitRun(
            simulation.world.network,
            store: simulation.store,
            transport: transport,
            clock: clock,
            points: points.compactMap { visits.target($0) },
            until: end,
            policy: visits.policy(of: catalog),
            newestPolicy: { visits.newestPolicy },
            twin: { visits.twinState(of: $0) },
            hearsay: { [self] point in
                let heard = visits.hearsay(of: point)
                if heard != nil { told.append(point) }
                return heard
            },
            note: { [self] point, doubt in doubts.append((point, doubt)) }
        )
        run.run()
    }
}
