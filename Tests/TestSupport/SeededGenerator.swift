import Glibc

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every run.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// Other numbers on every run, by a seed that is printed before the test begins.
    ///
    /// So the seed is known even after a trap: `TEST_SEED=n` gives the same numbers again.
    package static func forTest(_ name: String = #function) -> SeededGenerator {
        let given = unsafe getenv("TEST_SEED").flatMap { unsafe UInt64(String(cString: $0)) }
        let seed = given ?? UInt64.random(in: .min ... .max)
        let line = Array("\(name): random numbers of TEST_SEED=\(seed)\n".utf8)
        _ = unsafe write(STDERR_FILENO, line, line.count)
        return SeededGenerator(seed: seed)
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
