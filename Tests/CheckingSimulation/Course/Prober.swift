import Catalogs
import CheckStates
import Checking
import HealthFormat
import MapBuilding
import Mirrors
import Time

/// The probe of each minute, and the health and latencies that come of it.
final class Prober {
    private let network: Network
    private let region: Region.ID
    private(set) var health = Health()
    private var samples: [ProbeSamples.Samples]
    private var latest: [Int64?]
    private var unchangedCounts: [Int]
    /// By access point what its state told to ask for; each is looked at by one thread at a time.
    private let known: [KnownFiles]
    private let existing: Set<AccessPoint.ID>

    /// What a state tells to ask for, as long as it is the same.
    private final class KnownFiles {
        var version = -1
        var generation: UInt32 = 0
        var files: [FileID] = []
    }

    /// An access point whose health is another one.
    struct Change {
        let point: Int
        let isUp: Bool
    }

    init(_ network: Network, region: Region.ID) {
        self.network = network
        self.region = region
        samples = Array(repeating: ProbeSamples.Samples(), count: network.points.count)
        latest = Array(repeating: nil, count: network.points.count)
        unchangedCounts = Array(repeating: 0, count: network.points.count)
        known = network.points.map { _ in KnownFiles() }
        existing = Set(network.points.map(\.accessPoint.id))
    }

    /// Asks everybody; nothing where storage fails.
    func probe(_ catalog: Catalog, store: SimulatedStore, at time: Int, wallOffset: Int) -> [Change]
    {
        guard !store.isFailing else { return [] }
        let clock = VirtualClock(startedAt: Double(time), wallOffset: wallOffset)
        let targets = network.points.compactMap { point in
            target(point, catalog, store)
        }
        let probe = HealthProbe(
            targets: targets,
            catalog: catalog,
            transport: SimulatedTransport(network, clock: clock, manners: .probe),
            clock: clock
        )
        return take(probe.run(until: 39), at: clock.now)
    }

    func target(
        _ point: Network.Point,
        _ catalog: Catalog,
        _ store: SimulatedStore
    ) -> HealthProbe.Target? {
        guard point.accessPoint.scheme != .rsync else { return nil }
        let known = known[point.number]
        if let current = store.current(point.accessPoint.id),
            current.version != known.version || catalog.generation != known.generation
        {
            known.version = current.version
            known.generation = catalog.generation
            known.files = current.state.knownFiles(in: catalog, count: 2)
        }
        return HealthProbe.Target(
            index: point.number,
            id: point.accessPoint.id,
            knownFiles: known.files
        )
    }

    /// Takes over the results of a probe; the access points whose health changed.
    func take(_ results: [AccessPoint.ID: HealthProbe.Result], at now: Timestamp) -> [Change] {
        var changes: [Change] = []
        for point in network.points {
            guard let result = results[point.accessPoint.id] else { continue }
            add(result.latencyMilliseconds, point.number)
            let wasUp = health.statuses[point.accessPoint.id]?.isUp ?? true
            if result.isUp != wasUp {
                changes.append(Change(point: point.number, isUp: result.isUp))
            }
        }
        health.update(with: results, existing: existing, now: now)
        return changes
    }

    func add(_ milliseconds: Int64?, _ number: Int) {
        // Twenty equal ones in a row settle it.
        unchangedCounts[number] = milliseconds == latest[number] ? unchangedCounts[number] + 1 : 0
        latest[number] = milliseconds
        if unchangedCounts[number] <= ProbeSamples.Samples.limit {
            samples[number].add(milliseconds)
        }
    }

    /// What the checker of a region measured; there is one, in Europe.
    func evidence(of region: Region.ID) -> [AccessPoint.ID: Evidence] {
        guard region == self.region else { return [:] }
        var evidence: [AccessPoint.ID: Evidence] = [:]
        for point in network.points {
            evidence[point.accessPoint.id] = Evidence(
                latencyMilliseconds: samples[point.number].settledMilliseconds,
                errorsPerMille: samples[point.number].errorsPerMille
            )
        }
        return evidence
    }
}

extension SimulatedTransport.Manners {
    /// A probe asks a question or two of each host.
    static let probe = Self(requestsPerSecond: 250, connectionsPerHost: 4, isPipelining: false)
}
