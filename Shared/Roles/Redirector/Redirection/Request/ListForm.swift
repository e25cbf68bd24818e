import Bytes

/// The format of a list of mirrors: from `?format=`, or else from the Accept header.
package enum ListForm: Hashable, Sendable {
    /// An HTML page.
    case html
    case json
    /// One URL a line, as dnf and others read it.
    case text
    /// One URL a line, each with its priority, for apt's method `mirror`.
    case apt
    /// One line `Server = URL` each, with pacman's variables appended.
    case pacman

    /// The format with that name; nil for another word.
    ///
    /// apt appends a slash to every list URL, even to one with a query.
    init?(_ value: Span<UInt8>) {
        let isSlashed = value.count > 0 && value[value.count - 1] == UInt8(ascii: "/")
        let name = value.extracting(0..<value.count - (isSlashed ? 1 : 0))
        if name.equals("html") {
            self = .html
        } else if name.equals("json") {
            self = .json
        } else if name.equals("text") {
            self = .text
        } else if name.equals("apt") {
            self = .apt
        } else if name.equals("pacman") {
            self = .pacman
        } else {
            return nil
        }
    }

    /// Whether it consists of URLs without further information.
    package var isPlain: Bool {
        switch self {
        case .html, .json: false
        case .text, .apt, .pacman: true
        }
    }
}
