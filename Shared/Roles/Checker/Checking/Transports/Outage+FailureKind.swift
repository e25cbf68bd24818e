import HTTPTransport
import HealthFormat

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
}
