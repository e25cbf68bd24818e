import CheckPlanning
import CheckStates
import Mirrors
import TestSupport
import Testing
import Time

@Suite struct ProfileTests {
    static let start = Timestamp(secondsSinceEpoch: 1_800_000_000)

    static func profile(_ scheme: String, _ part: Int, of count: Int) throws -> AccessPointProfile {
        AccessPointProfile(
            AccessPoint(
                id: "m-\(scheme)",
                scheme: try #require(AccessPoint.Scheme(rawValue: scheme)),
                baseURL: "\(scheme)://m.example/"
            ),
            share: .init(part: part, of: count),
            tree: "//m.example/"
        )
    }

    @Test func slotsComeEveryPeriodAndAreSpread() throws {
        let profile = try Self.profile("https", 0, of: 1)
        var random = SeededGenerator(seed: 1)
        var phases: [Int64] = []
        for _ in 0..<1_000 {
            let key = random.next() as UInt64
            let first = profile.slot(of: key, every: 1_000, after: Self.start)
            #expect((1...1_000).contains(first.seconds(since: Self.start)))
            let second = profile.slot(of: key, every: 1_000, after: first)
            #expect(second.seconds(since: first) == 1_000)
            phases.append(first.seconds(since: Self.start))
        }
        // Each tenth of the time has a tenth of the slots, give or take half.
        for tenth in 0..<10 {
            let count = phases.count { ($0 - 1) / 100 == Int64(tenth) }
            #expect((50...150).contains(count))
        }
    }

    /// Together they have the slots of a single access point, in turn.
    @Test func twinsHaveEveryOtherSlot() throws {
        let http = try Self.profile("http", 0, of: 2)
        let https = try Self.profile("https", 1, of: 2)
        var random = SeededGenerator(seed: 2)
        for _ in 0..<100 {
            let key = random.next() as UInt64
            let one = http.slot(of: key, every: 1_000, after: Self.start)
            let other = https.slot(of: key, every: 1_000, after: Self.start)
            #expect(abs(one.seconds(since: other)) == 1_000)
            let next = http.slot(of: key, every: 1_000, after: one)
            #expect(next.seconds(since: one) == 2_000)
        }
    }

    @Test func aShareThatDoesNotFitIsTheFirst() {
        #expect(AccessPointProfile.Share(part: 5, of: 2) == .init(part: 0, of: 2))
        #expect(AccessPointProfile.Share(part: 0, of: 0) == .all)
    }

    @Test func bundlesEndEveryQuarterOfAnHour() throws {
        let profile = try Self.profile("https", 0, of: 1)
        let end = profile.bundleEnd(Self.start)
        #expect((0..<900).contains(end.seconds(since: Self.start)))
        #expect(profile.bundleEnd(end) == end)
        #expect(profile.bundleEnd(end.advanced(bySeconds: 1)).seconds(since: end) == 900)
    }
}
