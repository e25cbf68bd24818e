package import CheckPlanning
package import Mirrors
package import Time

/// What another writer found out about an access point.
package struct OutsideFindings: Sendable {
    package var findings: [Visit.OutsideFinding]
    /// When it was found out.
    package var since: Timestamp

    package init(_ findings: [Visit.OutsideFinding], since: Timestamp) {
        self.findings = findings
        self.since = since
    }
}

/// Publishes what clients must not be sent to, and returns what others found out.
package struct HealthExchange: Sendable {
    /// Seconds between calls if nothing urgent has to be published.
    static let intervalSeconds = 30.0
    /// The minimum number of seconds between calls.
    static let shortestSeconds = 2.0

    package typealias Doubts = [AccessPoint.ID: AccessPointDoubt?]
    package typealias News = [AccessPoint.ID: OutsideFindings]

    /// Called in a job with the changed doubts, nil for one that ended, and the policy that knows
    /// their files.
    ///
    /// Returns nil if they could not be published, which is retried.
    let exchange: @Sendable (Doubts, CheckPolicy, _ now: Timestamp) -> News?

    package init(
        exchange: @escaping @Sendable (Doubts, CheckPolicy, _ now: Timestamp) -> News?
    ) {
        self.exchange = exchange
    }
}
