import HealthFormat
import Mirrors
import Testing
import Time

@Suite struct HealthRuleTests {
    let now = HealthFixture.now
    let path = PathFilter.hash(of: Array("a/x".utf8)[...])
    let other = PathFilter.hash(of: Array("b/y".utf8)[...])

    @Test func tellsWhoMayBeOffered() {
        let health = HealthFixture.golden
        func admits(_ id: String, _ hash: UInt64, later seconds: Int64 = 0) -> Bool {
            let moment = now.advanced(bySeconds: seconds)
            return health.admits(id, pathHash: hash, at: moment, maximumAge: 900)
        }
        #expect(!admits("a-http", path), "doubted for this path")
        #expect(admits("a-http", other))
        #expect(!admits("b-http", other), "down")
        #expect(admits("b-http", other, later: 901), "nobody has probed for long")
        #expect(!admits("a-http", path, later: 901), "doubts stay")
        #expect(!admits("c-https", other), "closed")
        #expect(!admits("c-https", other, later: 3539))
        #expect(admits("c-https", other, later: 3540), "open again")
        #expect(admits("unknown", other))
    }

    /// A checker whose clock was 30 days ahead leaves nothing that counts for 30 days.
    @Test func timesOfTheFutureCountAsNow() {
        var health = HealthFixture.golden
        let future = now.advanced(bySeconds: 30 * 86_400)
        health.probedAt = future
        health.statuses["a-http"]?.since = future
        health.statuses["a-http"]?.checkedAt = future
        health.doubts["a-http"]?.since = future
        #expect(health.settleTimes(now: now) == 4)
        #expect(health.probedAt == now)
        #expect(health.statuses["a-http"]?.since == now)
        #expect(health.doubts["a-http"]?.since == now)
        // Two clocks differ by some seconds.
        health.statuses["a-http"]?.since = now.advanced(bySeconds: 60)
        #expect(health.settleTimes(now: now) == 0)
    }
}
