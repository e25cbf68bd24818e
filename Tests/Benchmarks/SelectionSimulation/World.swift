import Mirrors
import Redirection
import SimulatedClients

/// The mirrors and the maps of the seven continents, with clients whose countries are known.
struct World {
    let mirrors: [Mirror]
    private let maps: RegionMaps
    var pathCount: Int { maps.paths.count }
    private let distances: [CountryCode: [Double]]

    init(mirrors: [Mirror], pathCount: Int) throws {
        self.mirrors = mirrors
        maps = try RegionMaps(of: mirrors, pathCount: pathCount)
        distances = Dictionary(
            InternetUsers.millions.map { entry in
                let home = Countries.location(of: entry.country)
                return (
                    entry.country,
                    mirrors.map { mirror in
                        guard let home, let place = Countries.location(of: mirror.country) else {
                            return .infinity
                        }
                        return home.kilometres(to: place)
                    }
                )
            },
            uniquingKeysWith: { first, _ in first }
        )
    }

    func region(of country: CountryCode) -> Region.ID? {
        Regions.continents.region(of: country)?.id
    }

    /// The distance from a country to a mirror.
    func kilometres(_ country: CountryCode, _ mirror: Int) -> Double {
        distances[country]?[mirror] ?? .infinity
    }

    /// The mirror to which the Redirector of the client's region sends it, or nil for the fallback.
    func choice(of client: Clients.Client) -> Int? {
        var selection = Selection()
        return maps.choice(
            of: Client(
                address: client.address,
                country: CountryLetters(client.country),
                isHTTPS: false
            ),
            in: region(of: client.country),
            path: client.path,
            &selection
        )
    }
}

extension Mirror {
    /// The mirror with another weight, other rules or other places.
    func with(
        weight: Int? = nil,
        rules: MirrorRules? = nil,
        locations: [GeoLocation]? = nil
    ) -> Mirror {
        Mirror(
            id: id,
            name: name,
            country: country,
            region: region,
            locations: locations ?? self.locations,
            weight: weight ?? self.weight,
            rules: rules ?? self.rules,
            accessPoints: accessPoints
        )
    }
}

/// Clients in proportion to the Internet users of each country, each in its own network.
struct Clients: Sequence {
    struct Client {
        let country: CountryCode
        let address: IPAddress
        let path: Int
    }

    let count: Int
    let pathCount: Int
    /// The number of the first client's network.
    let firstNetwork: Int

    func makeIterator() -> AnyIterator<Client> {
        let total = InternetUsers.millions.reduce(0) { $0 + $1.users }
        var country = 0
        var number = 0
        var end = 0.0
        return AnyIterator {
            while country < InternetUsers.millions.count {
                if end == 0 { end = InternetUsers.millions[0].users }
                if Double(number) < end / total * Double(count) {
                    defer { number += 1 }
                    return Client(
                        country: InternetUsers.millions[country].country,
                        // Each client has a network of 256 addresses, in a meaningless order.
                        address: IPAddress(
                            v4: UInt32(truncatingIfNeeded: (firstNetwork + number) &* 40_503) << 8
                        ),
                        path: number % pathCount
                    )
                }
                country += 1
                if country < InternetUsers.millions.count {
                    end += InternetUsers.millions[country].users
                }
            }
            return nil
        }
    }
}
