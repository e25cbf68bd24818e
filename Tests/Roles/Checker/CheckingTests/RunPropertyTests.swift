import Glibc
import Testing

@testable import Checking

/// Whatever happens to a run, it loses and doubles nothing, keeps its budget and the order of work, and
/// stores or reports as lost what it learnt.
///
/// Each seed is a world of its own. One alone: `RUN_SEED=1234 swift test --filter RunPropertyTests`.
@Suite struct RunPropertyTests {
    static let seedCount: UInt64 = 500

    static let seed = unsafe getenv("RUN_SEED").flatMap { unsafe UInt64(String(cString: $0)) }

    @Test(arguments: 0..<4 as Range<UInt64>) func holdsInRandomWorlds(part: UInt64) throws {
        if let seed = Self.seed { return try holds(seed) }
        for seed in part * Self.seedCount..<(part + 1) * Self.seedCount { try holds(seed) }
    }

    func holds(_ seed: UInt64) throws {
        let run = RandomRun(seed: seed)
        run.isTraced = Self.seed != nil
        try run.run()
        try #require(run.violations == [], "RUN_SEED=\(seed)")
    }
}
