import CCurl
import Glibc

/// Why a server did not answer, in the categories that operators distinguish.
package enum FailureKind: String, Hashable, Sendable, CaseIterable {
    /// The name has no address, or its name servers do not answer.
    case noSuchHost = "no such host"
    /// Nothing listens there, or access is denied.
    case refused = "connection refused"
    /// There is no route to it.
    case noRoute = "no route to host"
    /// No connection, or no answer, in time.
    case timedOut = "time-out"
    case expiredCertificate = "expired certificate"
    /// The certificate cannot be trusted for this host.
    case untrustedCertificate = "untrusted certificate"
    /// The two ends cannot agree on TLS parameters.
    case tls = "TLS error"
    /// The connection ended before the answer did.
    case closed = "connection closed"
    /// It redirects to a target that is not followed; see ``RedirectRule``.
    case redirect = "redirect"
    /// It redirects to a file of another name.
    case otherFile = "another file"
    /// The answer is not in the expected protocol.
    case notHTTP = "not an HTTP answer"
    case other

    /// Classifies the failure of a transfer.
    ///
    /// `systemError` is the `errno` of the latest failed system call, `verification` OpenSSL's
    /// verdict on the certificate (`X509_V_ERR_…`); each is 0 if there is none.
    init(_ error: CurlError, systemError: Int32, verification: Int) {
        self =
            switch CURLcode(rawValue: error.rawValue) {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .noSuchHost
            case CURLE_COULDNT_CONNECT: Self.connectFailure(systemError)
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_PEER_FAILED_VERIFICATION:
                verification == Self.certificateHasExpired
                    ? .expiredCertificate : .untrustedCertificate
            case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER: .tls
            case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: .closed
            case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: .notHTTP
            default: .other
            }
    }

    /// `X509_V_ERR_CERT_HAS_EXPIRED` of OpenSSL's x509_vfy.h.
    private static let certificateHasExpired = 10

    private static func connectFailure(_ systemError: Int32) -> Self {
        switch systemError {
        case ETIMEDOUT: .timedOut
        case EHOSTUNREACH, ENETUNREACH: .noRoute
        default: .refused
        }
    }
}
