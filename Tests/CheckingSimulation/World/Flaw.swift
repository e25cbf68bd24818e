/// The reason why a client that is redirected to an access point for a file does not get it.
package struct Flaw: Hashable {
    /// The cause under which it is counted.
    package enum Cause: Hashable, Sendable {
        /// A fault, by the number of its kind in the simulation.
        case fault(Int)
        /// One of two backends lacks it.
        case backends
        /// The master has removed it.
        case removed
        /// It has the content from before the last change.
        case outdated
        /// It never had it, or does not have it yet.
        case lacking

        /// A number that identifies the cause.
        var code: UInt64 {
            switch self {
            case .backends: 0
            case .removed: 1
            case .outdated: 2
            case .lacking: 3
            case .fault(let kind): 4 + UInt64(kind)
            }
        }
    }

    package var cause: Cause
    /// The share of affected requests: less than 1 with two backends.
    package var share = 1.0
}

/// The state of a path on an access point.
enum Holding {
    case version(UInt8)
    case nothing(Flaw.Cause)
    case refused(Int, Flaw.Cause)
    case truncated(Flaw.Cause)
}
