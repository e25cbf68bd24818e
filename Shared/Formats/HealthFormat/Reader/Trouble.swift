/// The kinds of trouble that make an access point unusable as a whole.
///
/// Every outage and every doubt about all files is one of them. Pages, `?explain`, reports, metrics
/// and `mirrors` use the same word for each.
package enum Trouble: Hashable, Sendable, CaseIterable {
    /// It gives no usable answer.
    case down
    /// It answers, and refuses everything.
    case refusesUs
    /// Something else answers there, or its tree is not what it was.
    case notItself

    /// The end of a sentence that begins with its name.
    package var clause: StaticString {
        switch self {
        case .down: "is down"
        case .refusesUs: "refuses us"
        case .notItself: "is not itself"
        }
    }
}

extension Outage {
    package var trouble: Trouble {
        switch self {
        case .status(let status) where Self.isRefusal(Int(status)): .refusesUs
        case .redirect, .wrongLength, .notItself: .notItself
        case .refused, .timedOut, .noSuchHost, .unroutable, .closed, .tls, .certificate, .malformed,
            .status, .unverified, .other:
            .down
        }
    }
}

extension DoubtReason {
    /// What it means if all files are doubted.
    package var trouble: Trouble {
        switch self {
        case .refused: .refusesUs
        case .lost, .altered, .contradictory, .returned, .notItself, .other: .notItself
        }
    }
}
