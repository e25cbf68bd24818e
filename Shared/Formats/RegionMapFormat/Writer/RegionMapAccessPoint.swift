/// One access point for a region map's writer.
///
/// Readers get a ``RegionMapRecord``, which copies nothing.
package struct RegionMapAccessPoint: Equatable, Sendable {
    package var id: String
    package var mirrorID: String
    package var mirrorName: String
    package var baseURL: String
    /// The only client countries that are sent here, or those that are not if
    /// ``excludesClientCountries`` is set: two letters each without separators; empty if there is
    /// no rule.
    package var clientCountries: String
    package var excludesClientCountries: Bool
    /// Nil if a newer writer used a scheme that is not known here.
    package var scheme: RegionMapScheme?
    package var hasIPv4: Bool
    package var hasIPv6: Bool
    package var isPartial: Bool
    package var country: RegionMapCountry?
    /// Access points of equal rank are equal in the choice among them; 0 is the best.
    package var rank: UInt16
    /// The share among equals, relative to the sum of their weights.
    package var weight: UInt16
    /// The maximum share of a region's redirects that may go here, per mille; 1000 is all.
    package var maxSharePerMille: UInt16
    /// The great-circle distance from the region's place; nil if one of the places is not known.
    package var distanceKilometres: UInt16?
    /// The measured time to first byte from the region; nil if there are too few measurements.
    package var latencyMilliseconds: UInt16?
    /// The share of recent checks that failed, per mille; nil if there are too few checks.
    package var errorsPerMille: UInt16?
    /// How long new files took to arrive here; nil if that is not known.
    package var lagMinutes: UInt16?
    /// The throughput, and what it costs; nil if there are too few measurements.
    package var throughput: RegionMapThroughput?
    package var location: RegionMapLocation?
    /// The other sites of a mirror that has several.
    package var otherLocations: [RegionMapLocation] = []
    /// The networks whose clients are sent here in preference to all other access points.
    package var networks: [RegionMapNetwork] = []
    /// Whether no other clients are sent here.
    package var servesNetworksOnly: Bool
    /// When the latest check that this map is based on ended, in seconds since 1970; nil if that is
    /// not known.
    package var checkedAt: Int64?

    package init(
        id: String,
        mirrorID: String,
        mirrorName: String,
        baseURL: String,
        clientCountries: String,
        excludesClientCountries: Bool = false,
        scheme: RegionMapScheme?,
        hasIPv4: Bool = true,
        hasIPv6: Bool = false,
        isPartial: Bool = false,
        country: RegionMapCountry? = nil,
        rank: UInt16 = 0,
        weight: UInt16 = 100,
        maxSharePerMille: UInt16 = 1000,
        distanceKilometres: UInt16? = nil,
        latencyMilliseconds: UInt16? = nil,
        errorsPerMille: UInt16? = nil,
        lagMinutes: UInt16? = nil,
        throughput: RegionMapThroughput? = nil,
        location: RegionMapLocation? = nil,
        otherLocations: [RegionMapLocation] = [],
        networks: [RegionMapNetwork] = [],
        servesNetworksOnly: Bool = false,
        checkedAt: Int64? = nil
    ) {
        self.id = id
        self.mirrorID = mirrorID
        self.mirrorName = mirrorName
        self.baseURL = baseURL
        self.clientCountries = clientCountries
        self.excludesClientCountries = excludesClientCountries
        self.scheme = scheme
        self.hasIPv4 = hasIPv4
        self.hasIPv6 = hasIPv6
        self.isPartial = isPartial
        self.country = country
        self.rank = rank
        self.weight = weight
        self.maxSharePerMille = maxSharePerMille
        self.distanceKilometres = distanceKilometres
        self.latencyMilliseconds = latencyMilliseconds
        self.errorsPerMille = errorsPerMille
        self.lagMinutes = lagMinutes
        self.throughput = throughput
        self.location = location
        self.otherLocations = otherLocations
        self.networks = networks
        self.servesNetworksOnly = servesNetworksOnly
        self.checkedAt = checkedAt
    }
}
