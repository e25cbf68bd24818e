package import Mirrors

/// An entry of a mirror list, not yet validated.
package struct ListedMirror: Equatable, Sendable {
    package var name: String
    /// The country code as the list spells it.
    package var country: String
    /// The name of the region.
    package var region: String
    package var locations: [Location]
    /// The locations of its sites, if the list gives them.
    package var places: [GeoLocation]

    /// The maximum number of mirrors in a list; the largest public ones have about 1,700.
    package static let mirrorLimit = 10_000
    /// The maximum number of URLs of a mirror.
    package static let locationLimit = 64

    /// A URL of a mirror.
    package struct Location: Equatable, Sendable {
        package var url: String
        package var hasIPv4: Bool
        package var hasIPv6: Bool
        package var isPartial: Bool

        package init(
            url: String,
            hasIPv4: Bool = true,
            hasIPv6: Bool = false,
            isPartial: Bool = false
        ) {
            self.url = url
            self.hasIPv4 = hasIPv4
            self.hasIPv6 = hasIPv6
            self.isPartial = isPartial
        }
    }

    package init(
        name: String,
        country: String,
        region: String,
        locations: [Location],
        places: [GeoLocation] = []
    ) {
        self.name = name
        self.country = country
        self.region = region
        self.locations = locations
        self.places = places
    }
}
