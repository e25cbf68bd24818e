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
    /// How many other mirrors a `Link` header names; 0 to 15.
    ///
    /// With 0 there is no such header.
    package var maxLinks: Int
    /// A client that asks for the same file again within so many seconds is given another mirror; 0
    /// gives it the same one.
    package var retrySeconds: Int64
    package var trustedProxies: TrustedProxies
    /// Tells the country of an address where no trusted hop does; nil without one.
    package var countries: MaxMindDatabase?

    package init(
        fallbackURL: [UInt8],
        status: HTTPStatus = .found,
        maxAge: UInt64? = nil,
        maxLinks: Int = 4,
        retrySeconds: Int64 = 0,
        trustedProxies: TrustedProxies = .none,
        countries: MaxMindDatabase? = nil
    ) {
        self.fallbackURL = fallbackURL
        self.status = status
        self.maxAge = maxAge
        self.maxLinks = maxLinks
        self.retrySeconds = retrySeconds
        self.trustedProxies = trustedProxies
        self.countries = countries
    }
}
