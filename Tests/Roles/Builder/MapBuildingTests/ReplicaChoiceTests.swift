import TestSupport
import Testing

@testable import MapBuilding

@Suite struct ReplicaChoiceTests {
    /// The rule, applied access point by access point.
    private func expected(
        _ isHolder: [Bool],
        _ isAlwaysListed: [Bool],
        _ isExclusive: [Bool]
    ) -> [UInt16] {
        var replicas: [UInt16] = []
        var count = 0
        for index in isHolder.indices where isHolder[index] {
            if isAlwaysListed[index] || count < RegionMapBuild.minimumReplicas {
                replicas.append(UInt16(index))
                if !isExclusive[index] { count += 1 }
            }
        }
        return replicas
    }

    /// Few holders and many, few that are always listed and many, in one word and in several.
    @Test(arguments: [1, 16, 63, 64, 65, 130, 460])
    func listsTheFirstHoldersAndThoseThatAlwaysAre(count: Int) {
        var random = SeededGenerator(seed: UInt64(count))
        for _ in 0..<200 {
            let (held, always) = (
                Int.random(in: 0...10, using: &random), Int.random(in: 0...10, using: &random)
            )
            let isHolder = (0..<count).map { _ in Int.random(in: 0..<10, using: &random) < held }
            let isAlwaysListed = (0..<count).map { _ in
                Int.random(in: 0..<10, using: &random) < always
            }
            // They are always listed.
            let isExclusive = isAlwaysListed.map { $0 && Bool.random(using: &random) }
            var words = [UInt64](repeating: 0, count: (count + 63) / 64)
            for index in isHolder.indices where isHolder[index] {
                words[index / 64] |= 1 << UInt64(index % 64)
            }
            var replicas: [UInt16] = [7]
            ReplicaChoice(isAlwaysListed: isAlwaysListed, isExclusive: isExclusive)
                .list(words, in: &replicas)
            #expect(replicas == expected(isHolder, isAlwaysListed, isExclusive))
        }
    }
}
