/// Why an access point is down: a category, never the text of a server or a library.
///
/// It is published, so it must reveal nothing about networks that only the probe can reach.
package enum Outage: Hashable, Sendable {
    /// Nothing listens there, or access is denied.
    case refused
    /// No connection, or no answer, in time.
    case timedOut
    /// The name has no address.
    case noSuchHost
    /// There is no route to it.
    case unroutable
    /// The connection ended before the answer did.
    case closed
    /// The two ends cannot agree on TLS parameters.
    case tls
    /// The certificate has expired or is not trusted.
    case certificate
    /// The answer is not valid HTTP or FTP.
    case malformed
    /// It redirects in a loop, to another file, to a weaker scheme or to a forbidden address.
    case redirect
    /// It answers with this status for files that were proven there.
    case status(UInt16)
    /// Its files have other lengths than in the tree.
    case wrongLength
    /// Another site answers, or one that answers everything: a portal, a parked domain, a
    /// redirector.
    case notItself
    /// It answers again after an outage, but has not yet shown that its files are there.
    case unverified
    /// Anything else, including what only a newer writer knows.
    case other

    /// Whether a server that answers `status` to everything refuses us: 401, 403, 451 and 5xx.
    ///
    /// Others speak of a single file, or of the question.
    package static func isRefusal(_ status: Int) -> Bool {
        status == 401 || status == 403 || status == 451 || (500...599).contains(status)
    }

    /// Its code in the blob; 0 is no outage.
    package var code: UInt8 {
        switch self {
        case .refused: 1
        case .timedOut: 2
        case .noSuchHost: 3
        case .unroutable: 4
        case .closed: 5
        case .tls: 6
        case .certificate: 7
        case .malformed: 8
        case .redirect: 9
        case .status: 10
        case .wrongLength: 11
        case .notItself: 12
        case .unverified: 13
        case .other: 255
        }
    }

    /// Nil for the code of no outage; `status` matters for one code only.
    package init?(code: UInt8, status: UInt16) {
        switch code {
        case 0: return nil
        case 1: self = .refused
        case 2: self = .timedOut
        case 3: self = .noSuchHost
        case 4: self = .unroutable
        case 5: self = .closed
        case 6: self = .tls
        case 7: self = .certificate
        case 8: self = .malformed
        case 9: self = .redirect
        case 10: self = .status(status)
        case 11: self = .wrongLength
        case 12: self = .notItself
        case 13: self = .unverified
        default: self = .other
        }
    }

    /// The HTTP status of the answer, if that is the reason; otherwise 0.
    package var status: UInt16 {
        if case .status(let status) = self { status } else { 0 }
    }

    /// Whether no server answered at all, so that asking more is useless.
    package var isSilence: Bool {
        switch self {
        case .refused, .timedOut, .noSuchHost, .unroutable, .closed, .tls, .certificate: true
        case .malformed, .redirect, .status, .wrongLength, .notItself, .unverified, .other: false
        }
    }
}
