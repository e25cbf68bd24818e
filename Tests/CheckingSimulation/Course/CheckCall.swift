import Catalogs
import CheckPlanning
import CheckStates
import Checking
import Mirrors
import Synchronization
import Time

/// The checker's calls for some of the access points in one round: by cron and, if the leader has
/// published since, by its wake-up.
///
/// Each is a run as made by ``CheckSession``; silent hosts are known from the probe of that minute.
final class CheckCall {
    private let simulation: Simulation
    private let points: [Network.Point]
    private let time: Int
    private let seed: UInt64
    private let park: () -> Double
    private let catalog: Catalog
    private let nextCatalog: Catalog?
    private let exchanged = Exchanged()
    /// When the latest call ended.
    private var endedAt: Double

    /// What the runs wrote to health, and what they learned from it.
    struct Findings {
        var words: [(id: AccessPoint.ID, doubt: AccessPointDoubt?)] = []
        var told: [AccessPoint.ID: Timestamp] = [:]
        var impossibleEventCount = 0
    }

    private final class Exchanged: Sendable {
        let findings = Mutex(Findings())
    }

    /// The time from the minute until the leader has published and woken the checker.
    private static let wakeUpSeconds = 5.0
    /// The shortest remaining time for which a call is worth while.
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

    /// Makes the call by cron; returns the time when it ended.
    ///
    /// `start` is when a place in the queue became free.
    func runByCron(from start: Double) -> Double {
        run(catalog, from: max(start, Double(time)))
    }

    /// Makes the call by the leader.
    func runByWakeUp(from start: Double) -> Double {
        guard let nextCatalog else { return start }
        return run(nextCatalog, from: max(start, endedAt, Double(time) + Self.wakeUpSeconds))
    }

    /// The findings since the last call, which are applied at the end of a step.
    func takeFindings() -> Findings {
        exchanged.findings.withLock { findings in
            defer { (findings.words, findings.impossibleEventCount) = ([], 0) }
            return findings
        }
    }

    private func run(_ catalog: Catalog, from start: Double) -> Double {
        let settings = simulation.settings
        var checkSettings = settings.checkSettings
        checkSettings.policy = settings.policySettings
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
        let (visits, wall) = (simulation.visits, clock.wallSeconds)
        let run = CheckRun(
            targets: points.compactMap { visits.target($0) },
            policy: visits.policy(of: catalog),
            transport: transport,
            states: simulation.store,
            leases: CheckLeases(
                simulation.store.blobs,
                seconds: checkSettings.leaseSeconds,
                clock: { wall.get() }
            ),
            settings: checkSettings,
            clock: clock,
            watch: CatalogWatch { generation in
                let newest = visits.newestPolicy
                return newest.catalog.generation > generation ? newest : nil
            },
            health: exchange(visits),
            random: SeededRandom(Int(truncatingIfNeeded: seed)),
            shouldStop: { false }
        )
        // If storage fails, the run ends and the next one continues.
        _ = try? run.run()
        exchanged.findings.withLock { $0.impossibleEventCount += run.impossibleEventCount }
        endedAt = clock.time
        return endedAt
    }

    private func exchange(_ visits: Visits) -> HealthExchange {
        let points = points.map(\.number)
        let (exchanged, store) = (exchanged, simulation.store)
        return HealthExchange { changed, _, _ in
            guard !store.isFailing else { return nil }
            let news = visits.news(for: points)
            exchanged.findings.withLock { findings in
                for (id, doubt) in changed.sorted(by: { $0.key < $1.key }) {
                    findings.words.append((id, doubt))
                }
                for (id, outsideFindings) in news { findings.told[id] = outsideFindings.since }
            }
            return news
        }
    }
}
