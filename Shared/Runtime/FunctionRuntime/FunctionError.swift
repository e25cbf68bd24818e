/// How a function ends other than well; the exit status tells the kinds apart.
package enum FunctionError: Error, Equatable, CustomStringConvertible {
    /// The request or the configuration is wrong; nothing was done.
    ///
    /// Exit status 2.
    case badRequest(String)
    /// The work could not be done.
    ///
    /// Exit status 1.
    case failed(String)
    /// What should be published looks like an accident: the tree lost too much.
    ///
    /// Exit status 3.
    case refused(String)
    /// A guard rail kept a region map from being published; the one before stays.
    ///
    /// Exit status 4, which nothing else ends with.
    case guarded(String)
    /// The same as a run before, of which the log has heard today.
    ///
    /// Exit status and result say it each time.
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

    /// Whether something was kept from being published, which goes on until somebody acts.
    package var isRefusal: Bool {
        switch self {
        case .refused, .guarded: true
        case .failed, .badRequest: false
        case .repeated(let error): error.isRefusal
        }
    }

    /// One line, also where a message from outside holds several.
    package var description: String {
        switch self {
        case .failed(let text), .badRequest(let text), .refused(let text), .guarded(let text):
            text.split(whereSeparator: \.isNewline).joined(separator: " ")
        case .repeated(let error): error.description
        }
    }
}
