/// A URL that may hold a user name and a password, or a key in its query: one that an operator
/// configured, or that a server redirected to.
///
/// It shows itself without them, in whatever way it is printed: logs, results and errors are read
/// by more people than the configuration is.
package struct PrivateURL: Hashable, Sendable {
    /// The URL as it was given: to make a request with, never to print.
    package let exposed: String

    package init(_ url: String) {
        exposed = url
    }
}

extension PrivateURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL with `***` for its user information and its query.
    ///
    /// What stands before the last `@` is hidden, wherever that is: a password with a slash in it,
    /// which is no proper URL, is not shown either.
    package var description: String {
        let bytes = exposed.utf8
        var shown = exposed[...]
        var start = ""
        if let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
            let scheme = URLParts(exposed)?.scheme
            start = scheme.map { "\($0)://***@" } ?? "***@"
            shown = exposed[bytes.index(after: at)...]
        }
        guard let query = shown.utf8.firstIndex(of: UInt8(ascii: "?")) else { return start + shown }
        return start + shown[..<query] + "?***"
    }

    package var debugDescription: String { description }
    package var customMirror: Swift.Mirror { Swift.Mirror(self, children: []) }
}
