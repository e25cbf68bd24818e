import Glibc
import Testing

@testable import Checking

/// Whatever happens to a run, it loses and duplicates nothing, keeps its budget and the order of
/// work, and stores its findings or reports them as lost.
///
/// Each seed is a world of its own. To run a single one and print all transitions:
/// `RUN_SEED=1234 swift test --filter RunPropertyTests`. The number of seeds is four times
/// `RUN_SEEDS`, which is 500 by default.
@Suite struct RunPropertyTests {
    static let seedCount = number("RUN_SEEDS") ?? 500
    static let seed = number("RUN_SEED")

    static func number(_ name: String) -> UInt64? {
        unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
    }

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
