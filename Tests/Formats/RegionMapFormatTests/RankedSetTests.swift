import TestSupport
import Testing

@testable import RegionMapFormat

/// The parts of ranked sets separately: ranks of combinations and the code of ascending ranks.
@Suite struct RankedSetTests {
    /// Every combination has one rank, and the ranks have no gaps.
    @Test(arguments: [(1, 1), (5, 1), (5, 5), (9, 2), (9, 3), (12, 6), (13, 12)])
    func numbersEveryCombination(limit: Int, count: Int) {
        var combinations: Set<[Int]> = []
        var rank: UInt64 = 0
        while true {
            let units = units(rank: rank, count: count, of: limit)
            guard self.rank(of: units) == rank else { break }
            #expect(units.count == count && units.allSatisfy { $0 < limit })
            #expect(units == units.sorted(by: >))
            combinations.insert(units)
            rank += 1
        }
        let expected = (0..<count).reduce(1) { $0 * (limit - $1) / ($1 + 1) }
        #expect(combinations.count == expected)
    }

    /// As many units as a product of 62 bits allows.
    @Test(arguments: [(65_535, 3), (460, 7), (120, 8), (60, 10), (35, 12)])
    func takesLargeCombinationsApart(limit: Int, count: Int) {
        var random = SeededGenerator(seed: UInt64(limit))
        for _ in 0..<200 {
            var chosen: Set<Int> = [limit - 1]
            while chosen.count < count {
                chosen.insert(Int.random(in: 0..<limit, using: &random))
            }
            let units = chosen.sorted(by: >)
            #expect(self.units(rank: rank(of: units), count: count, of: limit) == units)
        }
    }

    @Test(arguments: [(0, 3), (2, 3), (3, 3), (60, 12)] as [(Int, UInt8)])
    func givesUnitsBelowTheLimitForAnyRank(limit: Int, count: UInt8) {
        var random = SeededGenerator(seed: 1)
        for rank in [0, 1, .max, random.next(), random.next()] {
            var combination = UnitCombination(rank: rank, count: count, of: limit)
            var previous = limit
            while let unit = combination.next() {
                #expect(unit < previous)
                previous = unit
            }
        }
    }

    @Test(
        arguments: [
            (1, 1), (1, 1 << 50), (2, 2), (127, 127), (128, 129), (129, 1 << 20), (1000, 1000),
            (5000, 9000), (5000, 1 << 33), (65_536, 70_000),
        ] as [(Int, UInt64)]
    )
    func findsEveryRank(count: Int, limit: UInt64) {
        var random = SeededGenerator(seed: limit)
        // This number of distinct ranks, chosen at random.
        var chosen: Set<UInt64> = UInt64(count) == limit ? Set(0..<limit) : []
        while chosen.count < count { chosen.insert(UInt64.random(in: 0..<limit, using: &random)) }
        let ranks = chosen.sorted()
        let section = section(RankCode(ranks))
        guard let block = unsafe SetBlock(at: 0, in: section.span.bytes) else {
            Issue.record("no block")
            return
        }
        var wrongCount = 0
        for (index, rank) in ranks.enumerated() {
            let found = unsafe block.rank(at: index, of: count, in: section.span.bytes)
            if found != rank { wrongCount += 1 }
        }
        #expect(wrongCount == 0)
        let none = unsafe block.rank(at: count, of: count, in: section.span.bytes)
        #expect(none == nil)
    }

    /// It takes two bits plus the logarithm of the distance to the next rank.
    @Test func takesAboutTheLogarithmOfTheDistance() {
        let ranks = (0..<10_000).map { UInt64($0) * 1024 + 7 }
        #expect(RankCode(ranks).bytes.count * 8 < 10_000 * (10 + 2) + 4000)
        #expect(RankCode(Array(0..<10_000)).bytes.count * 8 < 10_000 * 2)
    }

    private func section(_ code: RankCode) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.appendInteger(UInt32(0))
        bytes.appendInteger(UInt32(SetBlock.entryByteCount))
        bytes += [0, 0, 1, 1, 0, code.lowBitCount, 0, 0] + code.bytes
        return bytes + [UInt8](repeating: 0, count: SetBlock.paddingByteCount)
    }

    private func units(rank: UInt64, count: Int, of limit: Int) -> [Int] {
        var combination = UnitCombination(rank: rank, count: UInt8(count), of: limit)
        var units: [Int] = []
        while let unit = combination.next() { units.append(unit) }
        return units
    }

    /// The sum of binomials, computed with Pascal's triangle.
    private func rank(of units: [Int]) -> UInt64 {
        units.reversed().enumerated().reduce(0) { sum, entry in
            sum
                + (0...entry.offset).reduce(1 as UInt64) { product, index in
                    product * UInt64(max(0, entry.element - index)) / UInt64(index + 1)
                }
        }
    }
}
