import Bytes

/// How a list of mirrors is written: what `?format=` says, or else the Accept header.
package enum ListForm: Hashable, Sendable {
    /// An HTML page.
    case html
    case json
    /// One URL a line: dnf's and others' lists.
    case text
    /// One URL a line, each with its priority: the list of apt's method `mirror`.
    case apt
    /// A line `Server = URL` each, with pacman's variables behind it.
    case pacman

    /// The form of that name; nil for another word.
    ///
    /// apt ends every address of a list in a slash, whether it has a query or not.
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

    /// Whether it holds URLs alone, and nothing about them.
    package var isPlain: Bool {
        switch self {
        case .html, .json: false
        case .text, .apt, .pacman: true
        }
    }
}
