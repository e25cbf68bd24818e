import Bytes

/// The parts of a URL with an authority (RFC 3986, section 3); nothing is decoded or validated.
///
/// `scheme://authority/path?query#fragment`.
package struct URLParts: Sendable {
    /// As written: `HTTPS`.
    package let scheme: Substring
    /// Scheme and authority, `https://mirror.example.org:8443`: the target of a connection.
    package let origin: Substring
    /// The text between `//` and the next `/`, `?` or `#`: `user@mirror.example.org:8443`.
    package let authority: Substring
    /// Empty, or with a leading slash.
    package let path: Substring
    /// The text after `?`; nil if there is none.
    package let query: Substring?
    /// The text after `#`; nil if there is none.
    package let fragment: Substring?

    /// Nil if the text does not begin with a scheme and `://`.
    package init?(_ url: String) {
        let bytes = url.utf8
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > url.startIndex,
            bytes[colon...].starts(with: "://".utf8)
        else { return nil }
        let authorityStart = bytes.index(colon, offsetBy: 3)
        let authorityEnd = Self.end(of: url[authorityStart...], before: "/?#")
        let pathEnd = Self.end(of: url[authorityEnd...], before: "?#")
        let queryEnd = Self.end(of: url[pathEnd...], before: "#")
        scheme = url[..<colon]
        origin = url[..<authorityEnd]
        authority = url[authorityStart..<authorityEnd]
        path = url[authorityEnd..<pathEnd]
        query = pathEnd < queryEnd ? url[bytes.index(after: pathEnd)..<queryEnd] : nil
        fragment = queryEnd < url.endIndex ? url[bytes.index(after: queryEnd)...] : nil
    }

    private static func end(of text: Substring, before ends: StaticString) -> String.Index {
        let set = ByteSet(ends)
        return text.utf8.firstIndex { set.contains($0) } ?? text.endIndex
    }

    /// Whether the scheme is `name`, which is in lower case, ignoring case.
    package func hasScheme(_ name: StaticString) -> Bool {
        Array(scheme.utf8).span.equalsIgnoringCase(name)
    }

    /// The authority without its port; an IPv6 address keeps its brackets.
    package var host: Substring { authority[..<(portColon ?? authority.endIndex)] }

    /// The text after the authority's last colon outside brackets; empty for `host:`, nil if there
    /// is no colon.
    package var port: Substring? {
        portColon.map { authority[authority.utf8.index(after: $0)...] }
    }

    private var portColon: String.Index? {
        guard let colon = authority.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        guard let bracket = authority.utf8.lastIndex(of: UInt8(ascii: "]")) else { return colon }
        return bracket < colon ? colon : nil
    }
}
