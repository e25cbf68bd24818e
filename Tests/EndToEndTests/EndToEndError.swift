import TestSupport

/// A reason why the end-to-end tests cannot go on.
enum EndToEndError: Error, CustomStringConvertible {
    case notStarted(String, log: String)
    case failed(String, FunctionResult)
    case notInstalled(String)
    /// An expected event did not happen.
    case timedOut(String)

    var description: String {
        switch self {
        case .notStarted(let name, let log): "\(name) did not start: \(log)"
        case .failed(let name, let result): "\(name) failed: \(result)"
        case .timedOut(let what): "waited in vain: \(what)"
        case .notInstalled(let name): "\(name) is not installed: make setup-tests"
        }
    }
}
