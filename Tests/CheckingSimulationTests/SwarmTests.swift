import Foundation
import Testing

@testable import CheckingSimulation

/// Some worlds of the swarm; `SWARM_SEEDS=1000` tries more, and `make swarm` is faster.
struct SwarmTests {
    private static let count =
        ProcessInfo.processInfo.environment["SWARM_SEEDS"].flatMap { UInt64($0) } ?? 3

    @Test(arguments: 1...count) func noRuleIsBroken(seed: UInt64) {
        let result = Swarm.run(seed: seed)
        let story = result.story.joined(separator: "\n")
        #expect(result.broken.isEmpty, "make swarm SEED=\(seed) RUNS=1\n\(story)")
    }

    @Test func oneSeedIsOneWorld() {
        let (first, second) = (Swarm.settings(seed: 5), Swarm.settings(seed: 5))
        #expect(first.pathCount == second.pathCount)
        #expect(first.assignments.map(\.faults.count) == second.assignments.map(\.faults.count))
        #expect(first.ownTroubles.map(\.start) == second.ownTroubles.map(\.start))
    }
}
