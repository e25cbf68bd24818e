import Glibc
import TestSupport
import Testing

@testable import Redirection

struct NaturalLogarithmTests {
    /// The result is within one unit in the last place of the C library's, for the values of draws.
    @Test func isTheLogarithm() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100_000 {
            let x = Rendezvous.uniform(key: generator.next(), seed: generator.next())
            let (ours, reference) = (NaturalLogarithm.of(x), log(x))
            #expect(abs(ours - reference) <= reference.ulp, "seed \(seed), x \(x)")
        }
    }

    /// The bits are the same everywhere; these were worked out once from the formula.
    @Test func isExactWhereThatIsKnown() {
        #expect(NaturalLogarithm.of(1) == 0)
        #expect(NaturalLogarithm.of(2) == 0x1.62e42fefa39efp-1)
        #expect(NaturalLogarithm.of(0.5) == -0x1.62e42fefa39efp-1)
        #expect(abs(NaturalLogarithm.of(0x1p-54) + 37.429_947_750_237_05) < 1e-13)
    }
}
