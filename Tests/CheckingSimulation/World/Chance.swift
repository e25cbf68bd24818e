import Glibc
import TestSupport

/// Draws from the distributions of mirrors and their troubles.
///
/// Each purpose has its own stream, so an additional draw for one mirror changes no other.
package struct Chance {
    private var generator: SeededGenerator

    /// The stream of `seed` for `purpose`, and the `number`-th of its kind.
    package init(seed: UInt64, _ purpose: String, _ number: Int = 0) {
        var hash = Self.mixed(seed, UInt64(truncatingIfNeeded: number))
        for byte in purpose.utf8 { hash = Self.mixed(hash, UInt64(byte)) }
        generator = SeededGenerator(seed: hash)
    }

    /// A number from 0 up to, but not including, 1.
    package mutating func uniform() -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }

    package mutating func uniform(in range: Range<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// Whether something with that probability happens.
    package mutating func happens(_ probability: Double) -> Bool { uniform() < probability }

    /// The number of occurrences of something that is expected `mean` times (Knuth's method, for
    /// small means).
    package mutating func poisson(_ mean: Double) -> Int {
        var count = 0
        // Large means are split into parts, because e^-mean eventually underflows to 0.
        var rest = mean
        while rest > 0 {
            let limit = exp(-min(rest, 30))
            var product = uniform()
            while product > limit {
                count += 1
                product *= uniform()
            }
            rest -= 30
        }
        return count
    }

    /// A value of a log-normal distribution, given its median and its 95th percentile.
    package mutating func logNormal(median: Double, p95: Double) -> Double {
        let sigma = log(p95 / median) / 1.6449
        // The Box-Muller transform.
        let normal = sqrt(-2 * log(1 - uniform())) * cos(2 * .pi * uniform())
        return median * exp(sigma * normal)
    }

    /// One of `choices` according to their shares; the last one if they do not add up to 1.
    package mutating func pick<Value>(_ choices: [FaultMix.Choice<Value>]) -> Value {
        precondition(!choices.isEmpty, "nothing to choose from")
        var rest = uniform()
        for choice in choices {
            if rest < choice.share { return choice.value }
            rest -= choice.share
        }
        return choices[choices.count - 1].value
    }

    /// A number that depends on both and reveals neither (the finalizer of SplitMix64).
    package static func mixed(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var z = first &+ 0x9E37_79B9_7F4A_7C15 &+ second &* 0xD6E8_FEB8_6659_FD93
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    /// A fixed number from 0 to below 1 for one thing under a seed: for example, whether a path is
    /// among the 2 % that a mirror lacks.
    package static func share(_ seed: UInt64, _ number: Int) -> Double {
        Double(mixed(seed, UInt64(truncatingIfNeeded: number)) >> 11) * 0x1p-53
    }
}
