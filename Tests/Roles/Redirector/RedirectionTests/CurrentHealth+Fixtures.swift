import HealthFormat
import Mirrors
import Redirection
import Time

extension CurrentHealth {
    /// The moment of the fixtures.
    static let moment = Timestamp(secondsSinceEpoch: 1_700_000_000)

    /// Health as it applies at `now`, by default at the time when it was written.
    static func of(_ health: Health, at now: Timestamp = moment) throws -> CurrentHealth {
        CurrentHealth(try HealthReport(health), seenAt: moment, at: now, maximumAge: 900)
    }

    /// Health in which these access points are down.
    static func down(_ ids: String...) throws -> CurrentHealth {
        var health = Health()
        health.probedAt = moment
        for id in ids {
            health.statuses[id] = Health.Status(outage: .refused, since: moment, checkedAt: moment)
        }
        return try of(health)
    }
}
