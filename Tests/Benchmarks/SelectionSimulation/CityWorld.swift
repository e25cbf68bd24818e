import Mirrors
import Redirection
import TestSupport

/// Mirrors at their places, and clients drawn from cities in proportion to their users.
struct CityWorld {
    /// The number of clients in a round.
    static let clientCount = 50_000
    private static let pathCount = 16

    let mirrors: [Mirror]
    let cities: [City]
    let sites: [[GeoLocation]]
    /// For each city, the distance to each mirror's nearest site, in kilometres.
    private let distances: [[Double]]
    /// For each site, the continent of the nearest city.
    private let continents: [GeoLocation: Region.ID]
    /// For each city, the mirror whose network contains some of its clients.
    private let networks: [Int?]
    /// For each city, the share of the users who live there or in a preceding one.
    private let shares: [Double]
    /// The maps made from today's lists, which state only the countries of mirrors, and from
    /// mirrors that have places.
    private let mapsOfCountries: RegionMaps
    private let mapsOfPlaces: RegionMaps

    struct Visitor {
        let city: Int
        let address: IPAddress
        let path: Int
        /// Whether it is in the network of its city's ``networks``.
        let isInNetwork: Bool
    }

    init(mirrors: [Mirror], places: [MirrorPlaces.Key: [GeoLocation]], cities: [City]) throws {
        let sites: [[GeoLocation]] = mirrors.map { mirror in
            let hosts = mirror.accessPoints.map { Self.host(of: $0.baseURL) }
            return hosts.compactMap { places[.init(host: $0, country: mirror.country)] }.first
                ?? [Countries.location(of: mirror.country)].compactMap(\.self)
        }
        self.mirrors = mirrors
        self.cities = cities
        self.sites = sites
        distances = cities.map { city in
            sites.map { sites in
                sites.map { city.location.kilometres(to: $0) }.min() ?? .infinity
            }
        }
        continents = Dictionary(
            sites.flatMap(\.self).map { site in
                let city = cities.min {
                    $0.location.kilometres(to: site) < $1.location.kilometres(to: site)
                }
                return (site, city.flatMap { Self.continent(of: $0.country) } ?? "")
            },
            uniquingKeysWith: { first, _ in first }
        )
        let distances = distances
        networks = cities.indices.map { city in
            mirrors.indices
                .filter { mirrors[$0].country == cities[city].country }
                .min { distances[city][$0] < distances[city][$1] }
                .flatMap { distances[city][$0] <= 500 ? $0 : nil }
        }
        let users = cities.reduce(0) { $0 + $1.users }
        var sum = 0.0
        shares = cities.map { city in
            sum += city.users
            return sum / users
        }
        mapsOfCountries = try RegionMaps(of: mirrors, pathCount: Self.pathCount)
        mapsOfPlaces = try RegionMaps(
            of: zip(mirrors, sites).map { $0.with(locations: $1) },
            pathCount: Self.pathCount
        )
    }

    private static func host(of url: String) -> String {
        let rest = url.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).first
        return String(rest?.split(separator: ":").first ?? "")
    }

    /// One round: different clients, and different mirrors that are down.
    struct Round {
        let clients: [Visitor]
        let isDown: [Bool]
        let seed: UInt64
    }

    /// A tenth of the clients of a city are in the network of a mirror nearby.
    private static let networkShare = 0.1

    /// Draws the clients of a round and the mirrors that are down, each with probability `outages`.
    func round(_ number: Int, outages: Double) -> Round {
        var random = SeededGenerator(seed: UInt64(number + 1) << 32)
        let isDown = mirrors.map { _ in Double.random(in: 0..<1, using: &random) < outages }
        let clients = (0..<Self.clientCount).map { index in
            let city = city(at: Double.random(in: 0..<1, using: &random))
            return Visitor(
                city: city,
                address: IPAddress(
                    v4: UInt32(truncatingIfNeeded: number * Self.clientCount + index)
                        &* 40_503 << 8
                ),
                path: index % Self.pathCount,
                isInNetwork: Double.random(in: 0..<1, using: &random) < Self.networkShare
            )
        }
        return Round(clients: clients, isDown: isDown, seed: random.next())
    }

    private func city(at share: Double) -> Int {
        var (low, high) = (0, cities.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if shares[middle] > share { high = middle } else { low = middle + 1 }
        }
        return low
    }

    func kilometres(_ city: Int, _ mirror: Int) -> Double { distances[city][mirror] }

    /// The continent of the site that clients in the city reach.
    func continent(ofSiteFor city: Int, of mirror: Int) -> Region.ID? {
        let location = cities[city].location
        return sites[mirror].min { location.kilometres(to: $0) < location.kilometres(to: $1) }
            .flatMap { continents[$0] }
    }

    func network(of client: Visitor) -> Int? {
        client.isInNetwork ? networks[client.city] : nil
    }

    /// The knowledge on which our own selection is based.
    enum Knowledge {
        /// The countries of mirrors and clients.
        case countries
        /// The places of mirrors, and the countries of clients.
        case mirrorPlaces
        /// The places of clients, and the countries of mirrors.
        case clientPlaces
        /// The places of both.
        case places
    }

    /// The mirrors to which our own ranking and choice send the clients of a round.
    func ours(_ round: Round, knowing knowledge: Knowledge) throws -> [Int] {
        let down = Set(round.isDown.indices.filter { round.isDown[$0] })
        let maps =
            switch knowledge {
            case .countries, .clientPlaces: try mapsOfCountries.with(down: down)
            case .mirrorPlaces, .places: try mapsOfPlaces.with(down: down)
            }
        let knowsPlaces =
            switch knowledge {
            case .countries, .mirrorPlaces: false
            case .clientPlaces, .places: true
            }
        let places = cities.map {
            GlobePoint(latitude: $0.location.latitude, longitude: $0.location.longitude)
        }
        var selection = Selection()
        return round.clients.map { client in
            let country = cities[client.city].country
            return maps.choice(
                of: Client(
                    address: client.address,
                    country: CountryLetters(country),
                    place: knowsPlaces ? places[client.city] : nil,
                    isHTTPS: false
                ),
                // As with DEFAULT_REGION.
                in: Regions.continents.region(of: country)?.id ?? "europe",
                path: client.path,
                &selection
            ) ?? -1
        }
    }
}
