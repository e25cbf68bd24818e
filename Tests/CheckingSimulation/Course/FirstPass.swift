import CheckPlanning
import CheckStates
import Checking
import Mirrors

/// When every file of an access point had been asked for once, or a sample of what is missing as a
/// whole, in seconds from the start.
package struct FirstPass: Sendable {
    /// By the number of the access point; nil while it is under way.
    package private(set) var seconds: [Int?]
    private var left: Set<Int>

    init(pointCount: Int) {
        seconds = Array(repeating: nil, count: pointCount)
        left = Set(0..<pointCount)
    }

    /// Checks the access points that are not done yet.
    mutating func look(at simulation: Simulation, _ time: Int) {
        let stored = simulation.store.snapshot()
        for number in left {
            let point = simulation.world.network.points[number]
            let id = point.accessPoint.id
            // An agenda shows the most urgent question of its state, which may be another one
            // while files are left.
            guard let agenda = stored.agendas[id], agenda.urgency != .firstPass,
                let state = stored.states[id]?.state, state.count > 0,
                let profile = simulation.visits.target(point)?.profile
            else { continue }
            let visit = Visit(
                simulation.visits.newestPolicy,
                state: state,
                agenda: nil,
                of: profile,
                now: SimulatedTime.timestamp(time)
            )
            guard visit.firstPassLeft == 0 else { continue }
            for other in simulation.visits.all(of: number) {
                seconds[other] = time
                left.remove(other)
            }
        }
    }
}
