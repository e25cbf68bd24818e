/// At the edge the CDN tells the client's country.
///
/// This stands for the server's database in the module Redirection, and cannot be made.
package final class MaxMindDatabase: Sendable {
    private init() {}

    package func country(of address: IPAddress) -> CountryLetters? { nil }
}
