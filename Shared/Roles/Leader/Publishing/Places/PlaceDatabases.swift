package import AddressDatabases
package import Mirrors

/// What tells of addresses where they are.
package struct PlaceDatabases: Sendable {
    private let cities: MaxMindDatabase
    private let systems: MaxMindDatabase?

    package init(cities: MaxMindDatabase, systems: MaxMindDatabase? = nil) {
        self.cities = cities
        self.systems = systems
    }

    /// How near to each other two addresses of one site may be placed.
    static let siteKilometres = 100.0

    /// Where a host with these addresses stands, that mirrors of `countries` have.
    ///
    /// It is an anycast or a CDN's where the network says so, where mirrors of several countries
    /// share it, or where the database places an address in another country than the list does the
    /// mirror. Addresses that agree with the list, and are far from each other, are several sites.
    package func place(of addresses: [IPAddress], countries: Set<CountryCode>) -> AddressPlace {
        var sites: [GeoLocation] = []
        var numbers: Set<UInt32> = []
        var disagrees = countries.count > 1
        for address in addresses {
            if let number = systems?.system(of: address) { numbers.insert(number) }
            let (country, place) = cities.whereabouts(of: address)
            if let country, !countries.contains(country) { disagrees = true }
            guard let place, sites.count < AddressPlace.siteLimit,
                sites.allSatisfy({ place.kilometres(to: $0) > Self.siteKilometres })
            else { continue }
            sites.append(place)
        }
        let isAnycast = disagrees || !numbers.isDisjoint(with: Self.networksOfMany)
        return AddressPlace(
            sites: isAnycast ? [] : sites,
            systems: Array(numbers.sorted().prefix(AddressPlace.siteLimit)),
            isAnycast: isAnycast
        )
    }

    /// Autonomous systems that answer an address in many places.
    ///
    /// Those of CDNs alone: AS16509, AS8075 and the like have a CDN and millions of servers with
    /// one place each.
    private static let networksOfMany: Set<UInt32> = [
        13335, 209_242,  // Cloudflare
        54113,  // Fastly
        16625, 20940, 21342,  // Akamai
        15169,  // Google's front ends; its servers are in AS396982
        15133, 22822,  // Edgio
        60068,  // CDN77
        200_325,  // bunny.net
        199_524,  // Gcore
        30081,  // CacheFly
        19551,  // Imperva
    ]
}
