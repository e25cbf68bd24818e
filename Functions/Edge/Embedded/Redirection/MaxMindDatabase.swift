package import Mirrors

/// At the edge the CDN tells the client's country, place and network.
///
/// This stands for the server's database in the module Redirection, and cannot be made.
package final class MaxMindDatabase: Sendable {
    private init() {}

    package var tellsPlaces: Bool { false }

    package func country(of address: IPAddress) -> CountryLetters? { nil }

    package func whereabouts(
        of address: IPAddress
    ) -> (country: CountryLetters?, place: GlobePoint?) { (nil, nil) }

    package func system(of address: IPAddress) -> UInt32? { nil }
}
