import CheckStates
import Mirrors
import SampleDeployment
import StatusFacts
import Testing
import Time

@Suite struct SpreadTests {
    private func mirror(_ id: String, _ seconds: [UInt32?]) -> MirrorFacts {
        let point = AccessPoint(id: "\(id)-https", scheme: .https, baseURL: "https://\(id)/")
        var facts = AccessPointFacts(point)
        for (index, seconds) in seconds.enumerated() {
            var batch = Appearance(firstSeen: .ago(hours: Int64(10 + index)), fileCount: 3)
            batch.allSeconds = seconds
            facts.appearances.append(batch)
        }
        let mirror = Mirror(
            id: id,
            name: id,
            country: CountryCode("DE") ?? { fatalError() }(),
            region: "europe",
            accessPoints: [point]
        )
        return MirrorFacts(mirror, points: [facts])
    }

    @Test func sharesGrowWithTheDelay() throws {
        let spread = Spread([
            mirror("a", [600, 600]), mirror("b", [3000, 3000]), mirror("c", [nil, 20_000]),
            mirror("d", [nil, nil]),
        ])
        #expect(spread.batches.map(\.at) == [.ago(hours: 10), .ago(hours: 11)])
        let batch = try #require(spread.batches.last)
        #expect(batch.mirrorCount == 4)
        #expect([900, 3600, 28_800].map { batch.share(after: $0) } == [0.25, 0.5, 0.75])
        #expect(spread.halfSeconds == 3000)
        // It is not known yet what a batch published ten hours ago will have reached after sixteen.
        #expect(spread.band(after: 16 * 3600, now: .now) == nil)
        #expect(spread.band(after: 3600, now: .now)?.middle == 0.5)
    }
}
