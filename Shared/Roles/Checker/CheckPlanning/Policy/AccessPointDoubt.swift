package import Catalogs
package import HealthFormat
package import Time

/// What clients must not be sent to at an access point.
package struct AccessPointDoubt: Equatable, Sendable {
    package enum Scope: Equatable, Sendable {
        case whole
        /// These files, by number; paths that lead to them are not included.
        case files([FileID])
    }

    package var since: Timestamp
    package var reason: DoubtReason
    package var scope: Scope
    /// The latest files that showed it, a sample if there are many.
    package var evidence: [FileID]

    package static let evidenceLimit = 32

    package init(since: Timestamp, reason: DoubtReason, scope: Scope, evidence: [FileID]) {
        self.since = since
        self.reason = reason
        self.scope = scope
        self.evidence = evidence
    }
}
