package import RegionMapFormat

// The columns of an access point in a map, in groups.
extension AccessPointTable {
    /// How much of the load it gets.
    package struct Load: Sendable {
        /// Nearness: 0 is best; access points with the same rank are equals.
        package var rank: UInt32
        /// The share of the load among equals; 0 excludes the access point.
        package var weight: UInt32
        /// The maximum fraction of all requests to send here; 1 is no limit.
        package var maxShare: Double

        package init(rank: UInt32, weight: UInt32 = 100, maxShare: Double = 1) {
            self.rank = rank
            self.weight = weight
            self.maxShare = maxShare
        }
    }

    /// Which clients it serves.
    package struct Audience: Sendable {
        package var hasIPv4: Bool
        package var hasIPv6: Bool
        /// The countries that are the only ones admitted, or that are excluded; empty without a
        /// rule.
        package var countries: [CountryLetters]
        package var excludesCountries: Bool
        /// The networks whose clients get it first.
        package var networks: [RegionMapNetwork]
        package var servesNetworksOnly: Bool

        package init(
            hasIPv4: Bool = true,
            hasIPv6: Bool = true,
            countries: [CountryLetters] = [],
            excludesCountries: Bool = false,
            networks: [RegionMapNetwork] = [],
            servesNetworksOnly: Bool = false
        ) {
            self.hasIPv4 = hasIPv4
            self.hasIPv6 = hasIPv6
            self.countries = countries
            self.excludesCountries = excludesCountries
            self.networks = networks
            self.servesNetworksOnly = servesNetworksOnly
        }
    }

    /// Where it is.
    package struct Location: Sendable {
        package var country: CountryLetters?
        /// The first site; nil if none is known.
        package var site: GlobePoint?
        package var otherSites: [GlobePoint]

        package init(
            country: CountryLetters? = nil,
            site: GlobePoint? = nil,
            otherSites: [GlobePoint] = []
        ) {
            self.country = country
            self.site = site
            self.otherSites = otherSites
        }

        var siteCount: Int { site == nil ? 0 : 1 + otherSites.count }
    }

    /// What the region's checker measured; nil where it did not.
    package struct Measurements: Sendable {
        /// The distance from the checker.
        package var kilometres: UInt16?
        package var latencyMilliseconds: UInt16?
        package var errorsPerMille: UInt16?
        package var lagMinutes: UInt16?
        /// What a transfer loses by a low throughput.
        package var lostMilliseconds: UInt16

        package init(
            kilometres: UInt16? = nil,
            latencyMilliseconds: UInt16? = nil,
            errorsPerMille: UInt16? = nil,
            lagMinutes: UInt16? = nil,
            lostMilliseconds: UInt16 = 0
        ) {
            self.kilometres = kilometres
            self.latencyMilliseconds = latencyMilliseconds
            self.errorsPerMille = errorsPerMille
            self.lagMinutes = lagMinutes
            self.lostMilliseconds = lostMilliseconds
        }
    }
}
