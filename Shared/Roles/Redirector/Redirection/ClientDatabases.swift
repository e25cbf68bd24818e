package import AddressDatabases
package import Mirrors

/// What tells of a client's address what no trusted proxy told.
package struct ClientDatabases: Sendable {
    /// Of countries; one of cities is asked for places, too.
    package var countries: MaxMindDatabase?
    /// Of cities.
    package var cities: MaxMindDatabase?
    /// Of autonomous systems.
    package var systems: MaxMindDatabase?

    package init(
        countries: MaxMindDatabase? = nil,
        cities: MaxMindDatabase? = nil,
        systems: MaxMindDatabase? = nil
    ) {
        self.countries = countries
        self.cities = cities
        self.systems = systems
    }

    /// Adds place and country of `address` to what is known of `client`.
    ///
    /// Costs a way through a database, of a microsecond, for each that has something to add.
    package func complete(_ client: inout Client, at address: IPAddress) {
        if client.country == nil || client.place == nil, let countries {
            if countries.tellsPlaces, cities == nil {
                add(countries.whereabouts(of: address), to: &client)
            } else if client.country == nil {
                client.country = countries.country(of: address).map { CountryLetters($0) }
            }
        }
        if client.country == nil || client.place == nil, let cities {
            add(cities.whereabouts(of: address), to: &client)
        }
    }

    private func add(
        _ whereabouts: (country: CountryCode?, place: GeoLocation?),
        to client: inout Client
    ) {
        client.country = client.country ?? whereabouts.country.map { CountryLetters($0) }
        client.place = client.place ?? whereabouts.place.flatMap { GlobePoint($0) }
    }
}
