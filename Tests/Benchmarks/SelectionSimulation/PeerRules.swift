import Mirrors
import TestSupport

/// The choices that other redirectors would make for the same mirrors and clients, in our words.
///
/// All of them know one place of a mirror, the first of its sites, and the city of a client. All
/// weights are equal, and all leave out mirrors that are down.
enum PeerRule: CaseIterable {
    /// ``MirrorbitsRule``, without knowledge of networks.
    case mirrorbits
    /// ``MirrorbitsRule`` with a database of networks (ASN).
    case mirrorbitsWithNetworks
    /// `mod_mirrorbrain.c` in github.com/poeml/mirrorbrain at 080c69d: a mirror in the client's
    /// network, else in its country, on its continent, or anywhere; among those the nearest one by
    /// Euclidean distance in degrees, and a random one of equals.
    case mirrorBrain
    /// `Schema/ResultSet/Server.pm` in github.com/openSUSE/MirrorCache at 015aaf2: mirrors in the
    /// country, else in the region, else all, by the distance in hundreds of kilometres, then at
    /// random.
    case mirrorCache
    /// github.com/adrianreber/mirrorlist-server: a mirror in the client's network, else in its
    /// country, on its continent, or anywhere, at random in proportion to the bandwidth.
    case mirrorlistServer
    /// Any mirror in the country; if there is none, any in the nearest country that has one.
    case randomInCountry

    var name: String {
        switch self {
        case .mirrorbits: "mirrorbits"
        case .mirrorbitsWithNetworks: "mirrorbits with ASN"
        case .mirrorBrain: "MirrorBrain"
        case .mirrorCache: "MirrorCache"
        case .mirrorlistServer: "mirrorlist-server"
        case .randomInCountry: "random in country"
        }
    }

    var knowsNetworks: Bool {
        switch self {
        case .mirrorbitsWithNetworks, .mirrorBrain, .mirrorlistServer: true
        case .mirrorbits, .mirrorCache, .randomInCountry: false
        }
    }
}

extension CityWorld {
    /// The mirrors to which `rule` sends the clients of a round.
    func peer(_ rule: PeerRule, _ round: Round) -> [Int] {
        var random = SeededGenerator(seed: round.seed)
        var known: [[Int: Draw]] = Array(repeating: [:], count: cities.count)
        let up = mirrors.indices.filter { !round.isDown[$0] }
        return round.clients.map { client in
            let network =
                rule.knowsNetworks
                ? network(of: client).flatMap { round.isDown[$0] ? nil : $0 } : nil
            let key = network ?? -1
            let draw =
                known[client.city][key]
                ?? self.draw(by: rule, from: client.city, network: network, among: up)
            known[client.city][key] = draw
            return draw.next(&random)
        }
    }

    /// Each client's nearest mirror, a random one if several are at the same place.
    func nearest(_ round: Round) -> [Int] {
        let up = mirrors.indices.filter { !round.isDown[$0] }
        var random = SeededGenerator(seed: round.seed &+ 1)
        var known: [Int: Draw] = [:]
        return round.clients.map { client in
            let draw =
                known[client.city]
                ?? Draw(least(of: up) { Int(kilometres(client.city, $0)) })
            known[client.city] = draw
            return draw.next(&random)
        }
    }

    /// Some mirrors with the probability of drawing each.
    private struct Draw {
        let mirrors: [Int]
        /// The cumulative probability at each mirror.
        let ends: [Double]

        init(_ mirrors: [Int], chances: [Double]? = nil) {
            self.mirrors = mirrors
            var sum = 0.0
            ends = mirrors.indices.map { index in
                sum += chances?[index] ?? 1 / Double(mirrors.count)
                return sum
            }
        }

        func next(_ random: inout SeededGenerator) -> Int {
            let number = Double.random(in: 0..<1, using: &random)
            let index = ends.firstIndex { $0 > number } ?? mirrors.count - 1
            return index >= 0 ? mirrors[index] : -1
        }
    }

    private func draw(by rule: PeerRule, from city: Int, network: Int?, among up: [Int]) -> Draw {
        switch rule {
        case .mirrorbits, .mirrorbitsWithNetworks:
            return Draw(
                up,
                chances: MirrorbitsRule.chances(
                    up.map { index in
                        MirrorbitsRule.Mirror(
                            isInCountry: mirrors[index].country == cities[city].country,
                            kilometres: knownKilometres(city, index),
                            score: 0,
                            sharesNetwork: index == network
                        )
                    }
                )
            )
        case .mirrorBrain:
            if let network { return Draw([network]) }
            let group = group(of: city, among: up)
            return Draw(least(of: group) { thousandthsOfDegrees(city, $0) })
        case .mirrorCache:
            let group = group(of: city, among: up)
            return Draw(least(of: group) { Int((knownKilometres(city, $0) / 100).rounded()) })
        case .mirrorlistServer:
            return Draw(network.map { [$0] } ?? group(of: city, among: up))
        case .randomInCountry:
            let home = up.filter { mirrors[$0].country == cities[city].country }
            if !home.isEmpty { return Draw(home) }
            let nearest = least(of: up) { Int(knownKilometres(city, $0)) }.first
            return Draw(up.filter { mirrors[$0].country == nearest.map { mirrors[$0].country } })
        }
    }

    /// The mirrors in the country, else on the continent, else all.
    private func group(of city: Int, among up: [Int]) -> [Int] {
        let country = cities[city].country
        let home = up.filter { mirrors[$0].country == country }
        if !home.isEmpty { return home }
        let continent = Self.continent(of: country)
        let near = up.filter { Self.continent(of: mirrors[$0].country) == continent }
        return near.isEmpty ? up : near
    }

    /// As in address databases, where the Middle East is part of Asia.
    static func continent(of country: CountryCode) -> Region.ID? {
        let region = Countries.region(of: country)
        return region == "middle-east" ? "asia" : region
    }

    private func least(of mirrors: [Int], by measure: (Int) -> Int) -> [Int] {
        let measured = mirrors.map { (mirror: $0, measure: measure($0)) }
        let least = measured.map(\.measure).min()
        return measured.filter { $0.measure == least }.map(\.mirror)
    }

    /// The distance to the first site, which is the one that others know.
    private func knownKilometres(_ city: Int, _ mirror: Int) -> Double {
        sites[mirror].first.map { cities[city].location.kilometres(to: $0) } ?? 20_000
    }

    private func thousandthsOfDegrees(_ city: Int, _ mirror: Int) -> Int {
        guard let site = sites[mirror].first else { return .max }
        let latitude = site.latitude - cities[city].location.latitude
        let longitude = site.longitude - cities[city].location.longitude
        return Int(1000 * (latitude * latitude + longitude * longitude).squareRoot())
    }
}
