import Glibc
import TestSupport

/// Draws from the distributions that mirrors and their troubles follow.
///
/// Each purpose has a stream of its own, so that a further draw for one mirror moves no other.
package struct Chance {
    private var generator: SeededGenerator

    /// The stream of `seed` for what `purpose` names, and the `number`-th of its kind.
    package init(seed: UInt64, _ purpose: String, _ number: Int = 0) {
        var hash = Self.mixed(seed, UInt64(truncatingIfNeeded: number))
        for byte in purpose.utf8 { hash = Self.mixed(hash, UInt64(byte)) }
        generator = SeededGenerator(seed: hash)
    }

    /// From 0 to below 1.
    package mutating func uniform() -> Double {
        Double(generator.next() >> 11) * 0x1p-53
    }

    package mutating func uniform(in range: Range<Int>) -> Int {
        Int.random(in: range, using: &generator)
    }

    /// Whether something of that probability happens.
    package mutating func happens(_ probability: Double) -> Bool { uniform() < probability }

    /// How often something happens that is expected `mean` times (Knuth's method, for small means).
    package mutating func poisson(_ mean: Double) -> Int {
        var count = 0
        // Large means in pieces, because e^-mean is 0 some day.
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

    /// A value of a log-normal distribution by its median and its 95th percentile.
    package mutating func logNormal(median: Double, p95: Double) -> Double {
        let sigma = log(p95 / median) / 1.6449
        // Box and Muller.
        let normal = sqrt(-2 * log(1 - uniform())) * cos(2 * .pi * uniform())
        return median * exp(sigma * normal)
    }

    /// One of `choices` by their shares; the last if they do not add up to 1.
    package mutating func pick<Value>(_ choices: [FaultMix.Choice<Value>]) -> Value {
        precondition(!choices.isEmpty, "nothing to choose from")
        var rest = uniform()
        for choice in choices {
            if rest < choice.share { return choice.value }
            rest -= choice.share
        }
        return choices[choices.count - 1].value
    }

    /// A number that depends on both and shows neither (the finaliser of SplitMix64).
    package static func mixed(_ first: UInt64, _ second: UInt64) -> UInt64 {
        var z = first &+ 0x9E37_79B9_7F4A_7C15 &+ second &* 0xD6E8_FEB8_6659_FD93
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    /// A fixed number from 0 to below 1 for one thing under a seed: whether a path is among the 2 %
    /// that a mirror lacks.
    package static func share(_ seed: UInt64, _ number: Int) -> Double {
        Double(mixed(seed, UInt64(truncatingIfNeeded: number)) >> 11) * 0x1p-53
    }
}
