package import Mirrors

/// At the edge, the CDN supplies the client's country, place and network.
///
/// This stands in for the server's database and cannot be created.
package final class MaxMindDatabase: Sendable {
    private init() {}

    package var tellsPlaces: Bool { false }

    package func country(of address: IPAddress) -> CountryCode? { nil }

    package func whereabouts(
        of address: IPAddress
    ) -> (country: CountryCode?, place: GeoLocation?) { (nil, nil) }

    package func system(of address: IPAddress) -> UInt32? { nil }
}
