import Bytes

/// How requests are answered; what the operator chose.
package struct AnswerSettings: Sendable {
    /// The host that has every file; ends in a slash.
    package var fallbackURL: [UInt8]
    /// 302 or 307.
    package var status: HTTPStatus
    /// How long a cache may keep an answer, in seconds; nil forbids it.
    ///
    /// With a cache in between, one client's answer is another's: the client's network is no input
    /// of the choice then, and the path alone spreads the load among equals.
    package var maxAge: UInt64?
    /// How many mirrors a `Link` header names beside the chosen one; 0 to 15.
    ///
    /// With 0 there is no such header.
    package var maxLinks: Int
    package var trustedProxies: TrustedProxies
    /// How far from a client whose place is known a mirror may be.
    package var reach = Reach.anywhere
    /// The header in which a trusted hop names the client's country; nil for the usual ones.
    package var countryHeader: FieldName?
    /// The header in which a trusted hop gives the target as the client wrote it, such as
    /// `X-Original-URI`; nil believes none.
    ///
    /// Only where the hop overwrites what a client sends under this name: one that passes it on
    /// lets clients choose the path behind whatever the hop itself decides by the path.
    package var originalURIHeader: FieldName?
    /// The headers in which a trusted hop tells where the client is; nil for the usual ones.
    package var placeHeaders: ClientHeaders.Place?
    /// The header in which a trusted hop gives the number of the client's autonomous system; nil
    /// for the usual one.
    package var systemHeader: FieldName?
    /// They tell of an address what no trusted hop does.
    package var databases: ClientDatabases
    /// Whether browsers that ask for a folder are shown what is in it.
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
    /// The headers in which a trusted hop may name the client's country, the preferred one first.
    ///
    /// None where caches keep answers and the operator named none: each would have to stand in the
    /// `Vary`, and nginx takes no more than 128 bytes of it.
    package var countryHeaders: [FieldName] {
        if let countryHeader { return [countryHeader] }
        return maxAge == nil ? FieldName.usualCountryHeaders : []
    }

    /// The headers in which a trusted hop may tell about the client.
    package var clientHeaders: ClientHeaders {
        ClientHeaders(
            countries: countryHeaders,
            places: placeHeaders.map { [$0] } ?? ClientHeaders.usualPlaces,
            system: systemHeader ?? FieldName.usualSystemHeader,
            originalURI: originalURIHeader
        )
    }

    /// The line that names what a page depends on: no cache keeps it, and one that keeps redirects
    /// sees the same line in every answer.
    package var varyOfPages: [UInt8] {
        maxAge == nil ? Array("Vary: Accept\r\n".utf8) : vary
    }

    /// The line that names every header which an answer may depend on, sent or not; empty where no
    /// cache keeps answers.
    ///
    /// One for all answers of a configuration, in 128 bytes at most.
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
