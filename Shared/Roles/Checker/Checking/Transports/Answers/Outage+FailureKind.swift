import HTTPTransport
import HealthFormat
import RsyncListing

extension Outage {
    /// The class under which a failure is published.
    init(_ kind: FailureKind) {
        self =
            switch kind {
            case .noSuchHost: .noSuchHost
            case .refused: .refused
            case .noRoute: .unroutable
            case .timedOut: .timedOut
            case .expiredCertificate, .untrustedCertificate: .certificate
            case .tls: .tls
            case .closed: .closed
            case .redirect, .otherFile: .redirect
            case .notHTTP: .malformed
            case .other: .other
            }
    }

    /// The class of a failed listing by rsync.
    init(_ kind: RsyncFailure.Kind) {
        self =
            switch kind {
            case .refused, .connectionRefused: .refused
            case .noSuchHost: .noSuchHost
            case .noRoute: .unroutable
            case .malformed: .malformed
            case .interrupted: .closed
            case .timedOut: .timedOut
            case .notConnected, .stopped, .unusable: .other
            }
    }
}
