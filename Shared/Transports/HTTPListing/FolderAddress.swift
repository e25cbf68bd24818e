import Bytes
import Mirrors
import URLs

/// The URL of a listed folder, for resolving links on its page to names in it.
struct FolderAddress {
    /// Host and port, in lower case and without the default port.
    private let authority: [UInt8]
    /// The decoded components of the folder's path.
    private let components: [[UInt8]]
    /// The base of relative links, which a page can change.
    private var base: (authority: [UInt8], components: [[UInt8]])

    /// The destination of a link.
    enum Target: Equatable {
        case entry(name: [UInt8], isDirectory: Bool)
        /// The parent folder.
        case parent
        /// Anything else: other folders and sites, the page in another order, scripts.
        case elsewhere
    }

    /// Takes the URL of the page, http or https with a trailing slash.
    init?(_ url: String) {
        guard let parts = Self.parts(Array(url.utf8)[...]), let authority = parts.authority else {
            return nil
        }
        self.authority = authority
        guard let components = Self.resolved(parts.path, from: []) else { return nil }
        self.components = components.names
        base = (authority, components.names)
    }

    /// Applies `<base href>`, which changes the base of relative links.
    mutating func move(toBase href: [UInt8]) {
        guard let parts = Self.parts(href[...]) else { return }
        let authority = parts.authority ?? base.authority
        // What follows the last slash is not part of the base.
        let folder = parts.path.lastIndex(of: UInt8(ascii: "/")).map { parts.path[...$0] } ?? []
        let start = parts.path.first == UInt8(ascii: "/") || parts.authority != nil
        guard let path = Self.resolved(folder, from: start ? [] : base.components) else { return }
        base = (authority, path.names)
    }

    /// The destination of `href`, with character references already decoded.
    func target(of href: [UInt8]) -> Target {
        // Queries sort the page, and fragments stay on it.
        guard !href.isEmpty, !href.contains(UInt8(ascii: "?")), !href.contains(UInt8(ascii: "#")),
            href.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), let parts = Self.parts(href[...])
        else { return .elsewhere }
        guard (parts.authority ?? base.authority) == authority else { return .elsewhere }
        let isAbsolute = parts.authority != nil || parts.path.first == UInt8(ascii: "/")
        guard let path = Self.resolved(parts.path, from: isAbsolute ? [] : base.components)
        else { return .elsewhere }
        if path.names.count == components.count + 1, let name = path.names.last,
            path.names.dropLast().elementsEqual(components)
        {
            return .entry(name: name, isDirectory: path.endsInSlash)
        }
        let isParent =
            path.names.count + 1 == components.count
            && components.dropLast().elementsEqual(path.names)
        return isParent ? .parent : .elsewhere
    }

    /// Host and path of a URL or reference; nil for other schemes than http and https.
    private static func parts(
        _ url: ArraySlice<UInt8>
    ) -> (authority: [UInt8]?, path: ArraySlice<UInt8>)? {
        var rest = url
        var defaultPort: [UInt8] = []
        let head = rest.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: "/") }
        if head.count < rest.count, rest[rest.startIndex + head.count] == UInt8(ascii: ":") {
            if head.equalsIgnoringCase("http".utf8) {
                defaultPort = Array(":80".utf8)
            } else if head.equalsIgnoringCase("https".utf8) {
                defaultPort = Array(":443".utf8)
            } else {
                return nil
            }
            rest = rest.dropFirst(head.count + 1)
            guard rest.starts(with: "//".utf8) else { return nil }
        }
        guard rest.starts(with: "//".utf8) else { return (nil, rest) }
        rest = rest.dropFirst(2)
        var authority = rest.prefix { $0 != UInt8(ascii: "/") }.map(\.lowercase)
        rest = rest.dropFirst(authority.count)
        if !defaultPort.isEmpty, authority.suffix(defaultPort.count).elementsEqual(defaultPort) {
            authority.removeLast(defaultPort.count)
        }
        return (authority, rest)
    }

    /// The decoded components of `path` relative to `start`; nil if one is not a valid name.
    private static func resolved(
        _ path: ArraySlice<UInt8>,
        from start: [[UInt8]]
    ) -> (names: [[UInt8]], endsInSlash: Bool)? {
        var names = start
        var endsInSlash = true
        for component in path.split(
            separator: UInt8(ascii: "/"),
            omittingEmptySubsequences: false
        ) {
            if component.isEmpty || component.elementsEqual(".".utf8) {
                endsInSlash = true
            } else if component.elementsEqual("..".utf8) {
                _ = names.popLast()
                endsInSlash = true
            } else {
                let name = PercentEncoding.decoded(component.span)
                guard !name.contains(0), !name.contains(UInt8(ascii: "/")),
                    !name.elementsEqual(".".utf8), !name.elementsEqual("..".utf8)
                else { return nil }
                names.append(name)
                endsInSlash = false
            }
        }
        return (names, endsInSlash)
    }
}
