import HealthFormat
import Mirrors
import TestSupport
import Time

/// The health that FORMAT.md shows and `Tests/Fixtures/health/golden.health` holds.
enum HealthFixture {
    static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)
    static let name = "health/golden.health"

    static var golden: Health {
        var health = Health()
        health.writtenAt = now
        health.probedAt = now
        health.statuses = [
            "a-http": Health.Status(
                since: now.advanced(bySeconds: -3600),
                checkedAt: now,
                latencyMilliseconds: 41
            ),
            "b-http": Health.Status(
                outage: .status(503),
                since: now.advanced(bySeconds: -120),
                checkedAt: now,
                latencyMilliseconds: 300
            ),
        ]
        health.doubts = [
            "a-http": Health.Doubt(
                reason: .lost,
                since: now.advanced(bySeconds: -60),
                scope: .paths(PathFilter(["a/x".utf8, "a/".utf8].map { Array($0)[...] })),
                evidence: [Health.Evidence(fileID: 7, outage: .status(404))],
                awaitsCheck: true
            )
        ]
        health.closures = [
            "c-https": Health.Closure(
                since: now.advanced(bySeconds: -60),
                until: now.advanced(bySeconds: 3540),
                reason: "moving"
            )
        ]
        return health
    }

    static func goldenBytes() throws -> [UInt8] { try Fixture.bytes(name) }
}
