/// When an answer after redirects proves anything about the requested URL.
///
/// A redirect answers about another URL. It is followed if a client that was sent to the first one
/// would get the same file: the last path component is the same in the end, the scheme gets no
/// weaker, there is no private address but the host's own, and no redirector is involved, which
/// would vouch for another mirror's file.
package struct RedirectRule: Sendable {
    /// The maximum number of redirects; a mirror that needs more should fix its configuration.
    package static let hopLimit = 3

    /// Why an answer after redirects proves nothing.
    package enum Objection: Error, Hashable, Sendable, CustomStringConvertible {
        case tooManyHops
        /// The URL is not an http or https URL.
        case notWeb(String)
        case weakerScheme(String)
        /// The URL or the connection leads to a private address.
        case privateAddress(String)
        /// The answer comes from a redirector of this kind.
        case redirector
        /// The answer is about a file with another name.
        case otherName(String)

        package var description: String {
            switch self {
            case .tooManyHops: "more than \(RedirectRule.hopLimit) redirects"
            case .notWeb(let url): "a redirect to \(url), which is no http or https URL"
            case .weakerScheme(let url): "a redirect from https to \(url)"
            case .privateAddress(let address): "a redirect to the private address \(address)"
            case .redirector: "a redirect to or from a redirector, which vouches for other mirrors"
            case .otherName(let url): "a redirect to another file, \(url)"
            }
        }
    }

    package let origin: WebURL

    package init(origin: WebURL) {
        self.origin = origin
    }

    /// The next URL, if it may be requested; `hop` counts from 1.
    package func next(_ text: String, hop: Int) throws(Objection) -> WebURL {
        guard hop <= Self.hopLimit else { throw .tooManyHops }
        guard let url = WebURL(text), url.scheme == "http" || url.isTLS else {
            throw .notWeb(Self.shortened(text))
        }
        if origin.isTLS, !url.isTLS { throw .weakerScheme(Self.shortened(text)) }
        if let kind = AddressKind(url.host),
            kind == .link || kind == .local && url.host != origin.host
        {
            throw .privateAddress(url.host)
        }
        return url
    }

    /// Throws unless the last URL has the requested name.
    package func checkName(of last: WebURL) throws(Objection) {
        guard last.lastComponent == origin.lastComponent else {
            throw .otherName(Self.shortened("\(last.scheme)://\(last.host)\(last.path)"))
        }
    }

    private static func shortened(_ url: String) -> String {
        url.count > 200 ? "\(url.prefix(200))…" : url
    }
}
