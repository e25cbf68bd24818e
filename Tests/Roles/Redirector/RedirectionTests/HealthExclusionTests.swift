import HealthFormat
import Mirrors
import Redirection
import Testing
import Time

/// How health keeps clients from an access point.
@Suite struct HealthExclusionTests {
    private let moment = CurrentHealth.moment
    private let client = Client(address: nil)

    private func table(_ health: CurrentHealth?) -> AccessPointTable {
        var table = AccessPointTable()
        for id in ["a", "b", "c", "d"] {
            table.append(
                id: Array(id.utf8).span,
                mirror: Array("m-\(id)".utf8).span,
                baseURL: Array("http://\(id).example/".utf8).span,
                scheme: .http,
                load: .init(rank: 0)
            )
        }
        table.apply(health)
        return table
    }

    private func hash(_ path: String) -> UInt64 { PathFilter.hash(of: Array(path.utf8)[...]) }

    private func reasons(
        _ health: CurrentHealth?,
        for path: String
    ) -> [Exclusion.Reason?] {
        let table = table(health)
        return table.entries.map {
            table.exclusion(of: $0, for: client, pathHash: hash(path))
        }
    }

    private var health: Health {
        var health = Health()
        health.probedAt = moment
        health.statuses["a"] = Health.Status(outage: .timedOut, since: moment, checkedAt: moment)
        health.doubts["b"] = Health.Doubt(reason: .returned, since: moment, scope: .whole)
        health.doubts["c"] = Health.Doubt(
            reason: .lost,
            since: moment,
            scope: .paths(PathFilter(hashes: [hash("x/y"), hash("x/")]))
        )
        health.closures["d"] = Health.Closure(
            since: moment,
            until: moment.advanced(bySeconds: 1000)
        )
        return health
    }

    @Test func eachKeepsClientsOff() throws {
        let current = try CurrentHealth.of(health)
        #expect(reasons(current, for: "x/y") == [.down, .doubted, .doubted, .closed])
        #expect(reasons(current, for: "x/") == [.down, .doubted, .doubted, .closed])
        #expect(reasons(current, for: "x/z") == [.down, .doubted, nil, .closed])
        #expect(reasons(nil, for: "x/y") == [nil, nil, nil, nil])
    }

    /// Probes may have stopped; access points that were doubted or closed stay so.
    @Test func onlyUpAndDownGrowOld() throws {
        let later = try CurrentHealth.of(health, at: moment.advanced(bySeconds: 901))
        #expect(!later.countsAvailability)
        #expect(reasons(later, for: "x/y") == [nil, .doubted, .doubted, .closed])
        let muchLater = try CurrentHealth.of(health, at: moment.advanced(bySeconds: 1001))
        #expect(reasons(muchLater, for: "x/z") == [nil, .doubted, nil, nil])
    }

    /// A checker's clock is 30 days ahead: its probes count, and grow old like others.
    @Test func probesOfTheFutureAreAsOldAsTheyAreKnown() throws {
        var health = health
        health.probedAt = moment.advanced(bySeconds: 30 * 86_400)
        let fresh = try CurrentHealth.of(health)
        #expect(fresh.probedAt == moment)
        #expect(reasons(fresh, for: "x/z").first == .down)
        let old = try CurrentHealth.of(health, at: moment.advanced(bySeconds: 901))
        #expect(reasons(old, for: "x/z").first == .some(nil))
    }

    /// Access points of an older map get the statuses of newer health, and none of the previous
    /// one.
    @Test func newHealthReplacesTheOld() throws {
        var table = table(try CurrentHealth.of(health))
        table.apply(try CurrentHealth.down("d"))
        let reasons = table.entries.map {
            table.exclusion(of: $0, for: client, pathHash: hash("x/y"))
        }
        #expect(reasons == [nil, nil, nil, .down])
    }
}
