package import Mirrors

/// The outcome of a simulation, as numbers.
package struct Outcome {
    package let settings: SimulationSettings
    package let kinds: [Fault.Kind]
    package let ledger: Ledger
    package let arrivals: ArrivalTimes
    /// By the number of the access point.
    package let firstPass: [Int?]
    package let points: [Point]
    package let hosts: [HostRequests]
    /// The number of times that a guard rail kept maps back.
    package let refusedMapCount: Int

    /// The requests to one host.
    package struct HostRequests {
        package let name: String
        package let mirrorCount: Int
        package let requests: RequestCounts
    }

    /// One base URL.
    package struct Point {
        package let id: AccessPoint.ID
        package let host: String
    }

    init(_ simulation: Simulation) {
        settings = simulation.settings
        kinds = simulation.world.kinds.kinds
        ledger = simulation.ledger
        arrivals = simulation.arrivals
        firstPass = simulation.firstPass.seconds
        points = simulation.world.network.points.map {
            Point(id: $0.accessPoint.id, host: $0.host.name)
        }
        hosts = simulation.world.network.hosts.map { host in
            HostRequests(
                name: host.name,
                mirrorCount: Set(
                    simulation.world.network.points.filter { $0.host === host }.map(\.mirror)
                ).count,
                requests: host.requests
            )
        }
        refusedMapCount = simulation.refusedMapCount
    }
}
