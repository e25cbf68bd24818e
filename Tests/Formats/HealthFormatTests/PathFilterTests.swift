import HealthFormat
import Testing

@Suite struct PathFilterTests {
    private func hashes(_ range: Range<Int>) -> [UInt64] {
        range.map { PathFilter.hash(of: Array("distfiles/ab/name-\($0).tar.xz".utf8)[...]) }
    }

    @Test(arguments: [1, 2, 3, 10, 100, 20_000])
    func holdsAllItsPathsInSixteenBitsAtMost(count: Int) {
        let hashes = hashes(0..<count)
        let filter = PathFilter(hashes: hashes)
        #expect(hashes.allSatisfy(filter.contains))
        #expect(filter.bits.count * 8 <= count * 16)
    }

    /// Each mistake costs a mirror for one file, nothing else.
    @Test(arguments: [1, 10, 1000, 20_000])
    func holdsFewOthers(count: Int) {
        let filter = PathFilter(hashes: hashes(0..<count))
        let falseCount = hashes(1_000_000..<1_050_000).count(where: filter.contains)
        let limit = count == 1 ? 50_000 / 50 : 50_000 / 200
        #expect(falseCount < limit, "\(falseCount) of 50,000")
    }

    @Test func anEmptyOneHoldsNothing() {
        let filter = PathFilter(hashes: [])
        #expect(hashes(0..<1000).count(where: filter.contains) == 0)
        #expect(!PathFilter(bits: []).contains(1))
    }
}
