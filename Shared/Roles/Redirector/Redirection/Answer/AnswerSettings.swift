import Bytes

/// The operator's settings for answers.
package struct AnswerSettings: Sendable {
    /// The host that has every file; the URL ends in a slash.
    package var fallbackURL: [UInt8]
    /// 302 or 307.
    package var status: HTTPStatus
    /// How long a cache may keep an answer, in seconds; nil forbids it.
    ///
    /// A cache in between gives one client's answer to another. Then the client's network does not
    /// influence the choice, and only the path spreads the load among equals.
    package var maxAge: UInt64?
    /// The number of mirrors in the `Link` header besides the chosen one; 0 to 15.
    ///
    /// With 0 there is no such header.
    package var maxLinks: Int
    package var trustedProxies: TrustedProxies
    /// The maximum distance of a mirror from a client whose place is known.
    package var reach = Reach.anywhere
    /// The header in which a trusted hop sends the client's country; nil for the usual ones.
    package var countryHeader: FieldName?
    /// The header in which a trusted hop sends the target as the client wrote it, such as
    /// `X-Original-URI`; nil to ignore any.
    ///
    /// Set it only if the hop overwrites a client's own header of this name. If it passes one on,
    /// clients can bypass whatever the hop decides by path.
    package var originalURIHeader: FieldName?
    /// The headers in which a trusted hop sends the client's place; nil for the usual ones.
    package var placeHeaders: ClientHeaders.Place?
    /// The header in which a trusted hop sends the number of the client's autonomous system; nil
    /// for the usual one.
    package var systemHeader: FieldName?
    /// The databases for what no trusted hop sends about an address.
    package var databases: ClientDatabases
    /// Whether browsers that request a folder see a listing of it.
    package var showsFolders = false

    package init(
        fallbackURL: [UInt8],
        status: HTTPStatus = .found,
        maxAge: UInt64? = nil,
        maxLinks: Int = 4,
        trustedProxies: TrustedProxies = .none,
        countryHeader: FieldName? = nil,
        originalURIHeader: FieldName? = nil,
        databases: ClientDatabases = ClientDatabases()
    ) {
        self.fallbackURL = fallbackURL
        self.status = status
        self.maxAge = maxAge
        self.maxLinks = maxLinks
        self.trustedProxies = trustedProxies
        self.countryHeader = countryHeader
        self.originalURIHeader = originalURIHeader
        self.databases = databases
    }
}

extension AnswerSettings {
    /// The headers in which a trusted hop may send the client's country, by preference.
    ///
    /// Empty if caches keep answers and the operator named none: each would have to be in `Vary`,
    /// and nginx accepts at most 128 bytes of it.
    package var countryHeaders: [FieldName] {
        if let countryHeader { return [countryHeader] }
        return maxAge == nil ? FieldName.usualCountryHeaders : []
    }

    /// The headers in which a trusted hop may describe the client.
    package var clientHeaders: ClientHeaders {
        ClientHeaders(
            countries: countryHeaders,
            places: placeHeaders.map { [$0] } ?? ClientHeaders.usualPlaces,
            system: systemHeader ?? FieldName.usualSystemHeader,
            originalURI: originalURIHeader
        )
    }

    /// The `Vary` line of pages: no cache keeps a page, and a cache that keeps redirects sees the
    /// same line in every answer.
    package var varyOfPages: [UInt8] {
        maxAge == nil ? Array("Vary: Accept\r\n".utf8) : vary
    }

    /// The `Vary` line with every header that an answer may depend on, sent or not; empty if no
    /// cache keeps answers.
    ///
    /// It is the same for all answers of a configuration, at most 128 bytes.
    var vary: [UInt8] {
        guard maxAge != nil else { return [] }
        var line: [UInt8] = []
        line.append("Vary: Accept, Want-Digest, Want-Repr-Digest")
        if !trustedProxies.isEmpty {
            line.append(", X-Forwarded-Proto, Forwarded")
            for name in [originalURIHeader].compactMap({ $0 }) + countryHeaders {
                line.append(", ")
                line += name.bytes
            }
        }
        line.append("\r\n")
        return line
    }
}

extension AnswerSettings {
    /// The bytes of an absolute base URL of http or https, with a slash at the end; nil if `text`
    /// is not one.
    package static func baseURL(_ text: String) -> [UInt8]? {
        var bytes = Array(text.utf8)
        let authority = bytes.starts(with: "http://".utf8) ? 7 : 8
        guard authority == 7 || bytes.starts(with: "https://".utf8) else { return nil }
        let host = bytes.dropFirst(authority).prefix { $0 != UInt8(ascii: "/") }
        let unfit = ByteSet("?#\"<>\\^`{|}")
        guard !host.isEmpty, host.allSatisfy({ ByteSet.host.contains($0) }),
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !unfit.contains($0) })
        else { return nil }
        if bytes.last != UInt8(ascii: "/") { bytes.append("/") }
        return bytes
    }
}
