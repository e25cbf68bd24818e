extension Outage {
    /// One word, for programs.
    package var name: String {
        switch self {
        case .refused: "refused"
        case .timedOut: "timeout"
        case .noSuchHost: "dns"
        case .unroutable: "noRoute"
        case .closed: "closed"
        case .tls: "tls"
        case .certificate: "certificate"
        case .malformed: "malformed"
        case .redirect: "redirect"
        case .status(let status): "status \(status)"
        case .wrongLength: "wrongLength"
        case .notItself: "notItself"
        case .unverified: "unverified"
        case .other: "other"
        }
    }

    /// A short description.
    package var sentence: String {
        switch self {
        case .refused: "connection refused"
        case .timedOut: "no answer in time"
        case .noSuchHost: "no such host"
        case .unroutable: "no route to host"
        case .closed: "connection closed without an answer"
        case .tls: "TLS error"
        case .certificate: "certificate expired or not trusted"
        case .malformed: "not an answer of its protocol"
        case .redirect: "redirects elsewhere"
        case .status(let status): "it answers with status \(status)"
        case .wrongLength: "other lengths than those of the tree"
        case .notItself: "another site answers"
        case .unverified: "answers again, its files are still to be looked at"
        case .other: "no usable answer"
        }
    }
}

extension DoubtReason {
    /// One word, for programs.
    package var name: String {
        switch self {
        case .lost: "lost"
        case .refused: "refused"
        case .altered: "altered"
        case .contradictory: "contradictory"
        case .returned: "returned"
        case .notItself: "notItself"
        case .other: "other"
        }
    }

    /// A short description.
    package var sentence: String {
        switch self {
        case .lost: "files that it had are missing"
        case .refused: "it refuses files that it gave before"
        case .altered: "files have other lengths than before"
        case .contradictory: "its servers contradict each other"
        case .returned: "it came back from an outage with an older tree"
        case .notItself: "it answers for names that no tree holds"
        case .other: "it is being looked at again"
        }
    }
}
