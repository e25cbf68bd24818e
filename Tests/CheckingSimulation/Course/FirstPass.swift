import CheckStates
import Mirrors

/// When every file of an access point had been asked for once, or what is missing as a whole by a
/// sample, in seconds from the start.
package struct FirstPass: Sendable {
    /// By the number of the access point; nil while it is under way.
    package private(set) var seconds: [Int?]
    private var left: Set<Int>

    init(pointCount: Int) {
        seconds = Array(repeating: nil, count: pointCount)
        left = Set(0..<pointCount)
    }

    /// Looks at those that were not done.
    mutating func look(at simulation: Simulation, _ time: Int) {
        for number in left {
            let id = simulation.world.network.points[number].accessPoint.id
            // An agenda tells what its state has most urgently to ask.
            guard let agenda = simulation.store.agenda(id), agenda.urgency != .firstPass,
                simulation.store.current(id)?.state.count ?? 0 > 0
            else { continue }
            seconds[number] = time
            left.remove(number)
        }
    }
}
