/// At the edge the CDN tells the client's country and place.
///
/// This stands for the server's database in the module Redirection, and cannot be made.
package final class MaxMindDatabase: Sendable {
    private init() {}

    package var tellsPlaces: Bool { false }

    package func country(of address: IPAddress) -> CountryLetters? { nil }

    package func place(of address: IPAddress) -> GlobePoint? { nil }
}
