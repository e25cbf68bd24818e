package import AddressDatabases
package import Mirrors

/// The databases that locate addresses.
package struct PlaceDatabases: Sendable {
    private let cities: MaxMindDatabase
    private let systems: MaxMindDatabase?

    package init(cities: MaxMindDatabase, systems: MaxMindDatabase? = nil) {
        self.cities = cities
        self.systems = systems
    }

    /// The distance within which two addresses count as one site.
    static let siteKilometres = 100.0

    /// The place of a host with these addresses, which mirrors of `countries` use.
    ///
    /// A host counts as anycast or a CDN's if its network is known for it, if mirrors of several
    /// countries share it, or if the database's country for an address contradicts the list.
    /// Addresses that agree with the list but are far apart are several sites.
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

    /// Autonomous systems that answer one address in many places.
    ///
    /// Only those of CDNs: AS16509, AS8075 and the like have a CDN, but also millions of servers
    /// with one location each.
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
