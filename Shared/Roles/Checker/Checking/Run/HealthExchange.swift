package import CheckPlanning
package import Mirrors
package import Time

/// What somebody else found out about an access point.
package struct Hearsay: Sendable {
    package var words: [Visit.Hearsay]
    /// When it was found out.
    package var since: Timestamp

    package init(_ words: [Visit.Hearsay], since: Timestamp) {
        self.words = words
        self.since = since
    }
}

/// Makes known what clients must not be sent to, and tells what others found out meanwhile.
package struct HealthExchange: Sendable {
    /// Seconds between calls while nothing urgent has to be published.
    static let intervalSeconds = 30.0
    /// How soon after the last time at the earliest.
    static let shortestSeconds = 2.0

    package typealias Doubts = [AccessPoint.ID: AccessPointDoubt?]
    package typealias News = [AccessPoint.ID: Hearsay]

    /// Called in a job with the doubts that changed, nil where there is none any more, and the
    /// policy that knows their files; returns nil where they could not be made known, which is
    /// tried again.
    let exchange: @Sendable (Doubts, CheckPolicy, _ now: Timestamp) -> News?

    package init(
        exchange: @escaping @Sendable (Doubts, CheckPolicy, _ now: Timestamp) -> News?
    ) {
        self.exchange = exchange
    }
}
