import CheckStates
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
        for number in left {
            let id = simulation.world.network.points[number].accessPoint.id
            // An agenda shows the most urgent question of its state.
            guard let agenda = simulation.store.agenda(id), agenda.urgency != .firstPass,
                simulation.store.current(id)?.state.count ?? 0 > 0
            else { continue }
            seconds[number] = time
            left.remove(number)
        }
    }
}
