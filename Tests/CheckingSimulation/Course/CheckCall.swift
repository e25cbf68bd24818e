import Catalogs
import CheckStates
import Checking
import Mirrors

/// One call of the checker for a part of the access points.
///
/// Where the leader published meanwhile, a second call follows.
final class CheckCall {
    private let simulation: Simulation
    private let points: [Network.Point]
    private let time: Int
    private let seed: UInt64
    private let park: () -> Double
    private let catalog: Catalog
    private let nextCatalog: Catalog?

    /// From the minute until the leader has published and woken the checker.
    private static let wakeUpSeconds = 5.0

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
        catalog = simulation.previousCatalog
        let newest = simulation.catalogs.catalog
        nextCatalog = newest.generation == catalog.generation ? nil : newest
    }

    func run() {
        let end = call(
            catalog,
            at: Double(time),
            budget: simulation.settings.checkSettings.budgetSeconds
        )
        guard let nextCatalog else { return }
        let start = max(end, Double(time) + Self.wakeUpSeconds)
        let budget = simulation.settings.checkSettings.budgetSeconds - Int64(start) + Int64(time)
        if budget >= 5 { _ = call(nextCatalog, at: start, budget: budget) }
    }

    /// Returns when it was over.
    private func call(_ catalog: Catalog, at start: Double, budget: Int64) -> Double {
        let settings = simulation.settings
        var checkSettings = settings.checkSettings
        checkSettings.budgetSeconds = budget
        let clock = VirtualClock(
            startedAt: start,
            horizon: Double(time) + 30,
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
        let wall = clock.wallSeconds
        let run = CheckRun(
            targets: points.map { target($0) },
            catalog: catalog,
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
        return clock.time
    }

    private func target(_ point: Network.Point) -> CheckRun.Target {
        let status = simulation.prober.health.accessPoints[point.accessPoint.id]
        let isSilent = status?.isUp == false && status?.latencyMilliseconds == nil
        return CheckRun.Target(
            index: point.number,
            accessPoint: point.accessPoint,
            restReason: isSilent ? "down" : nil
        )
    }
}
