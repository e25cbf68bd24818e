/// Why a function failed; each kind has its own exit status.
package enum FunctionError: Error, Equatable, CustomStringConvertible {
    /// The request or the configuration is wrong; nothing was done.
    ///
    /// Exit status 2.
    case badRequest(String)
    /// The work could not be done.
    ///
    /// Exit status 1.
    case failed(String)
    /// The tree lost so much that it looks like an accident; nothing was published.
    ///
    /// Exit status 3.
    case refused(String)
    /// A guard rail prevented a region map from being published; the previous one stays.
    ///
    /// Exit status 4, which is used for nothing else.
    case guarded(String)
    /// The same refusal as in an earlier run, which was logged within the last day.
    ///
    /// The exit status and the result report it every time.
    indirect case repeated(FunctionError)

    package var exitStatus: Int32 {
        switch self {
        case .failed: 1
        case .badRequest: 2
        case .refused: 3
        case .guarded: 4
        case .repeated(let error): error.exitStatus
        }
    }

    /// Whether publishing was refused, which lasts until an operator acts.
    package var isRefusal: Bool {
        switch self {
        case .refused, .guarded: true
        case .failed, .badRequest: false
        case .repeated(let error): error.isRefusal
        }
    }

    /// One line, even if a message from outside has several.
    package var description: String {
        switch self {
        case .failed(let text), .badRequest(let text), .refused(let text), .guarded(let text):
            text.split(whereSeparator: \.isNewline).joined(separator: " ")
        case .repeated(let error): error.description
        }
    }
}
