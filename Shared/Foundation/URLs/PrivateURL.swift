/// A URL that may contain credentials, or a key in its query: one that an operator configured, or
/// that a server redirected to.
///
/// However it is printed, these are hidden, because logs, results and errors have more readers than
/// the configuration.
package struct PrivateURL: Hashable, Sendable {
    /// The URL as given: for requests only, never for output.
    package let exposed: String

    package init(_ url: String) {
        exposed = url
    }
}

extension PrivateURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The URL with `***` in place of its user information and its query.
    ///
    /// Everything before the last `@` is hidden, wherever it is, so that even a password with a
    /// slash, which makes the URL invalid, is not shown.
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
