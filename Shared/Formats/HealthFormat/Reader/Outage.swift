/// Why an access point is down: a class, never the words of a server or a library.
///
/// What a probe met is published, so it must tell nothing of a network that only the probe can see.
package enum Outage: Hashable, Sendable {
    /// Nothing listens there, or it lets nobody in.
    case refused
    /// No connection, or no answer, in time.
    case timedOut
    /// The name has no address.
    case noSuchHost
    /// No way leads there.
    case unroutable
    /// The connection ended before the answer did.
    case closed
    /// The two ends do not agree on TLS.
    case tls
    /// The certificate has expired or is not trusted.
    case certificate
    /// The answer is no HTTP or no FTP.
    case malformed
    /// It redirects in circles, to another file, to a weaker scheme or to where nobody may be led.
    case redirect
    /// It answers with this status for files that were proven there.
    case status(UInt16)
    /// Its files have other lengths than those of the tree.
    case wrongLength
    /// Another site answers, or one that has everything: a portal, a parked domain, a redirector.
    case notItself
    /// It answers again after an outage, and has not shown yet that its files are there.
    case unverified
    /// Anything else, also what only a newer writer knows.
    case other

    /// How the blob says it; 0 is no outage.
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

    /// Nil for the code of no outage; `status` counts for one code only.
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

    /// The HTTP status of the answer, where that is the reason; else 0.
    package var status: UInt16 {
        if case .status(let status) = self { status } else { 0 }
    }

    /// Whether no question reached a server that answered it: then there is no use in asking more.
    package var isSilence: Bool {
        switch self {
        case .refused, .timedOut, .noSuchHost, .unroutable, .closed, .tls, .certificate: true
        case .malformed, .redirect, .status, .wrongLength, .notItself, .unverified, .other: false
        }
    }
}
