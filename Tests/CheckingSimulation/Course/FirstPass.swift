import Catalogs
import CheckStates
import Mirrors

/// When every file of an access point had been asked for once, in seconds from the start.
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
        guard !left.isEmpty else { return }
        let catalog = simulation.catalogs.catalog
        let first = catalog.ids.prefix(simulation.firstFileCount)
        for number in left {
            let id = simulation.world.network.points[number].accessPoint.id
            guard let state = simulation.store.current(id)?.state,
                first.allSatisfy({ state.generation(of: $0) > 0 })
            else { continue }
            seconds[number] = time
            left.remove(number)
        }
    }
}
