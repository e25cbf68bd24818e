import Catalogs
import CheckPlanning
import CheckStates
import Checking
import HealthFormat
import MapBuilding
import Mirrors
import Time

/// The probe of each minute, and the resulting latencies.
final class Prober {
    private let network: Network
    private let region: Region.ID
    private var samples: [ProbeSamples.Samples]
    private var latest: [Int64?]
    private var unchangedCounts: [Int]

    /// An access point whose health has changed.
    struct Change {
        let point: Int
        let isUp: Bool
    }

    /// The outcome of a probe.
    struct Findings {
        let results: [AccessPoint.ID: HealthProbe.Result]
        let now: Timestamp
    }

    init(_ network: Network, region: Region.ID) {
        self.network = network
        self.region = region
        samples = Array(repeating: ProbeSamples.Samples(), count: network.points.count)
        latest = Array(repeating: nil, count: network.points.count)
        unchangedCounts = Array(repeating: 0, count: network.points.count)
    }

    /// Asks all access points.
    func probe(
        _ visits: Visits,
        _ catalog: Catalog,
        stored: SimulatedStore.Snapshot,
        at time: Int,
        wallOffset: Int
    ) -> Findings {
        let now = SimulatedTime.timestamp(time + wallOffset)
        let plan = ProbePlan(after: visits.health, catalog: catalog, now: now)
        let found = inThreads(visits.probed.count) { [self] half in
            let clock = VirtualClock(startedAt: Double(time), wallOffset: wallOffset)
            let probe = HealthProbe(
                targets: visits.probed[half].map { target($0, visits, plan, stored) },
                catalog: catalog,
                transport: SimulatedTransport(network, clock: clock, manners: .probe),
                clock: clock
            )
            return (results: probe.run(until: 39), end: clock.now)
        }
        var results: [AccessPoint.ID: HealthProbe.Result] = [:]
        for half in found { results.merge(half.results) { first, _ in first } }
        for point in visits.probed.joined() {
            guard let result = results[point.accessPoint.id] else { continue }
            add(result.latencyMilliseconds, point.number)
        }
        return Findings(results: results, now: found.map(\.end).max() ?? now)
    }

    private func target(
        _ point: Network.Point,
        _ visits: Visits,
        _ plan: ProbePlan,
        _ stored: SimulatedStore.Snapshot
    ) -> HealthProbe.Target {
        let accessPoint = point.accessPoint
        var target = plan.target(
            accessPoint,
            number: AccessPointNumber(index: point.number),
            agenda: stored.agendas[accessPoint.id]
        ) {
            stored.states[accessPoint.id]?.state
                ?? CheckState(accessPointID: accessPoint.id, baseURL: accessPoint.baseURL)
        }
        if let twin = visits.twin(of: point),
            plan.isSpare(accessPoint.id, beside: twin.accessPoint.id)
        {
            target.spareOf = AccessPointNumber(index: twin.number)
        }
        return target
    }

    private func add(_ milliseconds: Int64?, _ number: Int) {
        // Twenty equal latencies in a row settle it.
        unchangedCounts[number] = milliseconds == latest[number] ? unchangedCounts[number] + 1 : 0
        latest[number] = milliseconds
        if unchangedCounts[number] <= ProbeSamples.Samples.limit {
            samples[number].add(milliseconds)
        }
    }

    /// The measurements of a region's checker; there is only one, in Europe.
    func measurements(of region: Region.ID) -> [AccessPoint.ID: Measurements] {
        guard region == self.region else { return [:] }
        var measurements: [AccessPoint.ID: Measurements] = [:]
        for point in network.points {
            measurements[point.accessPoint.id] = Measurements(
                latencyMilliseconds: samples[point.number].settledMilliseconds,
                errorsPerMille: samples[point.number].errorsPerMille
            )
        }
        return measurements
    }
}

extension SimulatedTransport.Manners {
    /// A probe asks each host a question or two.
    static let probe = Self(
        requestsPerSecond: 250,
        connectionsPerHost: 4,
        isPipelining: false,
        asker: .probes
    )
}
