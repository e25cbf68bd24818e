import MapBuilding
import Mirrors
import SimulatedClients

/// The mirrors that clients are sent to: the maps' order and the Redirector's choice, as shares
/// instead of draws.
///
/// The ranking of ``RegionMapBuild`` is used as it is. Which of its access points a map lists for a
/// file, and which of those the Redirector chooses for a client, is computed here again for all
/// clients of a kind at once: each country's clients, with https and with http. A test compares it
/// with real maps and real choices.
struct Clients {
    /// The access points to which redirects lead, by compact numbers.
    let points: [AccessPoint]
    private let mirrorOfPoint: [Int]
    private let positions: [AccessPoint.ID: Int]
    private let countries: [CountryCode?]
    private(set) var regions: [RegionOrder] = []
    /// The share of all clients that use https.
    static let httpsShare = 0.7

    /// One region's map.
    struct RegionOrder {
        /// Compact numbers, best first.
        var order: [Int]
        var alwaysListed: Words
        var classes: [ClientClass]
    }

    /// Clients that are treated alike.
    struct ClientClass {
        let country: CountryCode
        let isHTTPS: Bool
        /// The share of all clients in the world.
        let share: Double
        /// Disjoint sets of access points, the most preferred first.
        var groups: [Words]
    }

    init(mirrors: [Mirror]) {
        var points: [AccessPoint] = []
        var mirrorOfPoint: [Int] = []
        var countries: [CountryCode?] = []
        for (number, mirror) in mirrors.enumerated() {
            for point in mirror.accessPoints where point.scheme == .http || point.scheme == .https {
                points.append(point)
                mirrorOfPoint.append(number)
                countries.append(mirror.country)
            }
        }
        self.points = points
        self.mirrorOfPoint = mirrorOfPoint
        self.countries = countries
        positions = Dictionary(
            points.enumerated().map { ($1.id, $0) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    func number(of id: AccessPoint.ID) -> Int? { positions[id] }

    /// Adopts new orders, one for each region.
    mutating func rank(_ builds: [RegionMapBuild]) {
        let total = InternetUsers.millions.reduce(0) { $0 + $1.users }
        regions = inThreads(builds.count) { [self] number in
            let build = builds[number]
            let order = build.ranked.compactMap { positions[$0.accessPoint.id] }
            var always = Words.empty(points.count)
            for (ranked, isListed) in zip(build.ranked, build.isAlwaysListed) where isListed {
                if let number = positions[ranked.accessPoint.id] { always.set(number, true) }
            }
            var classes: [ClientClass] = []
            for (country, users) in InternetUsers.millions
            where build.region.countries.contains(country) {
                let ranks = build.countryRanks.first { $0.country == country }?.ranks
                for isHTTPS in [true, false] {
                    let share = users / total * (isHTTPS ? Self.httpsShare : 1 - Self.httpsShare)
                    classes.append(
                        ClientClass(
                            country: country,
                            isHTTPS: isHTTPS,
                            share: share,
                            groups: groups(build, ranks, country, isHTTPS)
                        )
                    )
                }
            }
            return RegionOrder(order: order, alwaysListed: always, classes: classes)
        }
    }

    private func groups(
        _ build: RegionMapBuild,
        _ ranks: [UInt8]?,
        _ country: CountryCode,
        _ isHTTPS: Bool
    ) -> [Words] {
        var byGroup: [Int: Words] = [:]
        for (place, ranked) in build.ranked.enumerated() {
            guard let number = positions[ranked.accessPoint.id],
                !isHTTPS || points[number].scheme == .https
            else { continue }
            // As in `Chooser.consider`: own country first, then by rank.
            let rank = ranks.map { Int($0[place]) } ?? Int(ranked.rank)
            let group = rank + 1 + (countries[number] == country ? 0 : 1 << 20)
            byGroup[group, default: Words.empty(points.count)].set(number, true)
        }
        return byGroup.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The access points that a region's map lists out of `holders`.
    func listed(_ holders: Words, in region: RegionOrder) -> Words {
        var listed = Words.empty(points.count)
        var count = 0
        for number in region.order where holders.contains(number) {
            listed.set(number, true)
            count += 1
            if count == RegionMapBuild.minimumReplicas { break }
        }
        for index in listed.indices { listed[index] |= holders[index] & region.alwaysListed[index] }
        return listed
    }

    /// Calls `body` with each access point that clients are sent to, and the share of all clients.
    ///
    /// `holders` are in the map; `usable` are those that health permits.
    func forEachShare(
        of holders: Words,
        usable: Words,
        _ body: (_ point: Int, _ share: Double) -> Void
    ) {
        for region in regions {
            var candidates = listed(holders, in: region)
            for index in candidates.indices { candidates[index] &= usable[index] }
            for client in region.classes { choose(candidates, client, share: client.share, body) }
        }
    }

    /// Calls `body` for the clients of one class, whose shares add up to 1.
    func forEachShare(
        of holders: Words,
        usable: Words,
        country: CountryCode,
        isHTTPS: Bool,
        _ body: (_ point: Int, _ share: Double) -> Void
    ) {
        for region in regions {
            for client in region.classes
            where client.country == country && client.isHTTPS == isHTTPS {
                var candidates = listed(holders, in: region)
                for index in candidates.indices { candidates[index] &= usable[index] }
                choose(candidates, client, share: 1, body)
            }
        }
    }

    private static func intersect(_ left: Words, _ right: Words) -> Bool {
        for index in left.indices where left[index] & right[index] != 0 { return true }
        return false
    }

    /// Equal shares for the mirrors of the first group that has any; of a mirror's two URLs, the
    /// one with the client's scheme.
    private func choose(
        _ candidates: Words,
        _ client: ClientClass,
        share: Double,
        _ body: (Int, Double) -> Void
    ) {
        guard let group = client.groups.first(where: { Self.intersect($0, candidates) }) else {
            return
        }
        var chosen: [Int] = []
        for index in group.indices {
            var word = group[index] & candidates[index]
            while word != 0 {
                let point = index << 6 + word.trailingZeroBitCount
                word &= word - 1
                // The URLs of a mirror are adjacent.
                if let last = chosen.last, mirrorOfPoint[last] == mirrorOfPoint[point] {
                    let isOwn = (points[point].scheme == .https) == client.isHTTPS
                    let wasOwn = (points[last].scheme == .https) == client.isHTTPS
                    if isOwn, !wasOwn { chosen[chosen.count - 1] = point }
                } else {
                    chosen.append(point)
                }
            }
        }
        for point in chosen { body(point, share / Double(chosen.count)) }
    }
}
