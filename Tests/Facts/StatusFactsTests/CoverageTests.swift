import StatusFacts
import TestSupport
import Testing

@Suite struct CoverageTests {
    @Test(arguments: 0..<20) func countsAgreeWithCounting(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let count = Int.random(in: 1...200, using: &random)
        var live = FileBits(count: count)
        for number in 0..<count where Bool.random(using: &random) { live.insert(number) }
        var coverage = Coverage(count: count)
        var holders = [Int](repeating: 0, count: count)
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            var held = FileBits(count: count)
            for number in 0..<count where Bool.random(using: &random) {
                held.insert(number)
                holders[number] += 1
            }
            coverage.add(held)
        }
        var expected = [0, 0, 0, 0]
        live.forEach { expected[min(holders[$0], 3)] += 1 }
        #expect(coverage.counts(of: live) == expected)
        for number in 0..<count { #expect(coverage.holders(of: number) == min(holders[number], 3)) }
        let rarest = coverage.rarest(of: live, limit: 5)
        #expect(rarest.map(\.holders) == rarest.map(\.holders).sorted())
        #expect(rarest.allSatisfy { holders[$0.number] == $0.holders && live.contains($0.number) })
        #expect(rarest.count == min(5, expected[0] + expected[1] + expected[2]))
    }
}
