import CCurl
import Glibc

/// What kept a server from answering, as an operator tells such faults apart.
package enum FailureKind: String, Hashable, Sendable, CaseIterable {
    /// The name has no address, or its name servers do not answer.
    case noSuchHost = "no such host"
    /// Nothing listens there, or it lets nobody in.
    case refused = "connection refused"
    /// No way leads there.
    case noRoute = "no route to host"
    /// No connection, or no answer, in time.
    case timedOut = "time-out"
    case expiredCertificate = "expired certificate"
    /// The certificate is not one that can be trusted for this host.
    case untrustedCertificate = "untrusted certificate"
    /// The two ends do not agree on TLS.
    case tls = "TLS error"
    /// The connection ended before the answer did.
    case closed = "connection closed"
    /// It redirects to where nobody follows; see ``RedirectRule``.
    case redirect = "redirect"
    /// It redirects to a file of another name.
    case otherFile = "another file"
    /// What came is not of the protocol that was spoken.
    case notHTTP = "not an HTTP answer"
    case other

    /// Sorts the failure of a transfer.
    ///
    /// `systemError` is the `errno` of the latest failed system call, `verification` OpenSSL's
    /// verdict on the certificate (`X509_V_ERR_…`), each 0 where there is none.
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
