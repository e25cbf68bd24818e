/// How the gateway routes a request target.
enum GatewayRoute: Equatable {
    case function(name: String, path: [UInt8], query: String)
    case asynchronous(name: String, path: [UInt8], query: String)
    /// To the same path without empty and dot segments.
    case moved(to: String)
    /// The gateway makes a URL of the decoded path, which is invalid: the connection is closed.
    case broken
    /// The gateway's own `/healthz`.
    case health
    /// Not below any path of the gateway.
    case none

    /// Parses a target, `/function/NAME/path?query`.
    ///
    /// The path passes through two programs that both decode it: the gateway pastes the decoded
    /// path into a URL, and the provider decodes this again. So `%252F` becomes a slash, and
    /// `%253F` or `%23` cuts the path off.
    init(_ target: String) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let path = String(parts.first ?? "")
        var query = parts.count == 2 ? String(parts[1]) : ""
        if path == "/healthz" {
            self = .health
            return
        }
        let prefixes = ["/function/", "/async-function/"]
        guard let prefix = prefixes.first(where: { path.hasPrefix($0) }) else {
            self = .none
            return
        }
        let cleaned = Self.cleaned(path)
        guard cleaned == path else {
            self = .moved(to: query.isEmpty ? cleaned : "\(cleaned)?\(query)")
            return
        }
        guard let once = percentDecoded(Array(path.utf8)) else {
            self = .broken
            return
        }
        // The text of the gateway's URL for the provider.
        var url = once
        if let fragment = url.firstIndex(of: UInt8(ascii: "#")) { url.removeSubrange(fragment...) }
        if let question = url.firstIndex(of: UInt8(ascii: "?")) {
            let inner = String(decoding: url[(question + 1)...], as: UTF8.self)
            query = query.isEmpty ? inner : "\(inner)?\(query)"
            url.removeSubrange(question...)
        }
        guard let twice = percentDecoded(url) else {
            self = .broken
            return
        }
        let rest = twice.dropFirst(prefix.utf8.count)
        let name = String(decoding: rest.prefix { $0 != UInt8(ascii: "/") }, as: UTF8.self)
        let below = Array(rest.dropFirst(name.utf8.count))
        let inside = below.isEmpty ? Array("/".utf8) : below
        self =
            prefix == prefixes[0]
            ? .function(name: name, path: inside, query: query)
            : .asynchronous(name: name, path: inside, query: query)
    }

    /// A path without `//`, `/./` and `/../`, as gorilla/mux redirects to it.
    private static func cleaned(_ path: String) -> String {
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let joined = "/" + segments.joined(separator: "/")
        return path.hasSuffix("/") && joined != "/" ? joined + "/" : joined
    }
}

/// The bytes of percent-encoded text, or nil if an escape is malformed.
func percentDecoded(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
        guard byte == UInt8(ascii: "%") else {
            bytes.append(byte)
            continue
        }
        let digits = String(decoding: rest.prefix(2), as: UTF8.self)
        guard digits.utf8.count == 2, digits.allSatisfy(\.isHexDigit),
            let value = UInt8(digits, radix: 16)
        else { return nil }
        bytes.append(value)
        rest = rest.dropFirst(2)
    }
    return bytes
}
