package import AddressDatabases
package import Mirrors

/// The databases for what no trusted proxy says about a client's address.
package struct ClientDatabases: Sendable {
    /// Countries; a city database is also used for places.
    package var countries: MaxMindDatabase?
    /// Cities.
    package var cities: MaxMindDatabase?
    /// Autonomous systems.
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

    /// Adds the place and country of `address` to `client` where they are missing.
    ///
    /// Takes about a microsecond for each database that is consulted.
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
