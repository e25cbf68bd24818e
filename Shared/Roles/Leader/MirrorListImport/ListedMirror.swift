package import Mirrors

/// An entry of a mirror list, not validated yet.
package struct ListedMirror: Equatable, Sendable {
    package var name: String
    /// The country's code as the list writes it.
    package var country: String
    /// The region's name.
    package var region: String
    package var locations: [Location]
    /// Where its sites stand, where the list says so.
    package var places: [GeoLocation]

    /// The most mirrors of one list; the largest public ones have some 1,700.
    package static let mirrorLimit = 10_000
    /// The most URLs of one mirror.
    package static let locationLimit = 64

    /// One URL of a mirror.
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
