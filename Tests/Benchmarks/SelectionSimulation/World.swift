import Catalogs
import CheckStates
import MapBuilding
import Mirrors
import Redirection
import RegionMapFormat
import SimulatedClients
import Time

/// The mirrors and the maps of the seven continents, as the Builder makes them and the Redirector opens
/// them.
struct World {
    let mirrors: [Mirror]
    private let paths: [[UInt8]]
    var pathCount: Int { paths.count }
    private var snapshots: [Region.ID: Snapshot] = [:]
    /// By region the mirror of each access point, in the map's order.
    private var mirrorByIndex: [Region.ID: [Int]] = [:]
    private let distances: [CountryCode: [Double]]

    init(mirrors: [Mirror], pathCount: Int) throws {
        self.mirrors = mirrors
        let now = Timestamp(secondsSinceEpoch: 1_795_362_420)
        var catalog = Catalog(generation: 1)
        for number in 0..<pathCount {
            catalog.append(
                ExpectedFile(
                    path: TreePath("distfiles/\(number).tar.xz"),
                    kind: .file,
                    byteCount: 1_000_000,
                    modified: now,
                    firstSeen: now,
                    changedIn: 1
                )
            )
        }
        paths = catalog.ids.map { catalog.path(of: $0).bytes }
        var holders = HolderTable(catalog)
        var rows: [AccessPoint.ID: HolderTable.Row] = [:]
        var positions: [Mirror.ID: Int] = [:]
        for (index, mirror) in mirrors.enumerated() {
            positions[mirror.id] = index
            for point in mirror.accessPoints {
                var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
                for id in catalog.ids {
                    state[id] = Observation(
                        outcome: .present,
                        isConfirmed: true,
                        observedAt: now,
                        askedAt: now,
                        generation: 1
                    )
                }
                rows[point.id] = holders.add(state, rules: mirror.rules, now: now, maximumAge: 0)
            }
        }
        for region in Regions.continents.all {
            let build = RegionMapBuild(region: region, mirrors: mirrors, rows: rows)
            mirrorByIndex[region.id] = build.ranked.map { positions[$0.mirror.id] ?? 0 }
            let bytes = try build.map(of: catalog, holders: holders, builtAt: now)
            snapshots[region.id] = try Snapshot(
                map: StableBytes(copying: bytes),
                verifying: true,
                health: nil
            )
        }
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

    /// From a country to a mirror.
    func kilometres(_ country: CountryCode, _ mirror: Int) -> Double {
        distances[country]?[mirror] ?? .infinity
    }

    /// The mirror that the Redirector of the client's region sends it to, or nil where it falls back.
    func choice(of client: Clients.Client) -> Int? {
        guard let region = region(of: client.country), let snapshot = snapshots[region] else {
            return nil
        }
        var selection = Selection()
        let isKnown = snapshot.select(
            path: paths[client.path],
            for: Client(
                address: client.address,
                country: CountryLetters(client.country),
                isHTTPS: false
            ),
            limit: 1,
            into: &selection
        )
        guard isKnown, !selection.isEmpty else { return nil }
        return mirrorByIndex[region]?[selection.accessPoint(at: 0)]
    }
}

extension Mirror {
    /// The mirror with another weight or other rules.
    func with(weight: Int? = nil, rules: MirrorRules? = nil) -> Mirror {
        Mirror(
            id: id,
            name: name,
            country: country,
            region: region,
            weight: weight ?? self.weight,
            rules: rules ?? self.rules,
            accessPoints: accessPoints
        )
    }
}

/// Clients in proportion to the Internet users of each country, each in a network of its own.
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
                        // A network of 256 addresses each, in an order that means nothing.
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
