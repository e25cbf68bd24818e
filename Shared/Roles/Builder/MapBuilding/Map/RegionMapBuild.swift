package import Catalogs
package import Mirrors
package import RegionMapFormat
package import Time

/// The content of one region's map before encoding.
///
/// A path is known if it is live in the catalog, or was removed recently and is still served. Its
/// replicas are the access points that hold it, in the region's order: all in the region's own
/// countries, all of the few mirrors nearest to one of them, and the best of the others until there
/// are ``minimumReplicas``. So a region with few mirrors has alternatives, and a region with many
/// gets a small map.
package struct RegionMapBuild {
    /// The number of replicas to list for a path, if available, not counting those reserved for
    /// some networks.
    package static let minimumReplicas = 16
    /// How many mirrors nearest to each country of the region are always listed.
    package static let nearestMirrors = 4

    package let region: Region
    package let ranked: [RankedAccessPoint]
    /// The excluded access points, with the reason.
    package let excluded: [AccessPoint.ID: MapExclusion]
    /// How clients of each country rank the access points of `ranked`; countries in alphabetical
    /// order.
    package let countryRanks: [(country: CountryCode, ranks: [UInt8])]
    /// The result of each ranked access point's check state.
    private let rows: [HolderTable.Row?]
    /// Whether a ranked access point is listed for every file that it holds.
    package let isAlwaysListed: [Bool]

    /// Ranks the access points whose `rows` hold anything; `measurements` has those of each.
    package init(
        region: Region,
        mirrors: [Mirror],
        rows: [AccessPoint.ID: HolderTable.Row],
        measurements: [AccessPoint.ID: Measurements] = [:],
        locate: (CountryCode) -> GeoLocation? = Countries.location(of:)
    ) {
        var excluded: [AccessPoint.ID: MapExclusion] = [:]
        var candidates: [AccessPointRanking.Candidate] = []
        for mirror in mirrors {
            for point in mirror.accessPoints {
                if let reason = MapExclusion(mirror, point, row: rows[point.id]) {
                    excluded[point.id] = reason
                    continue
                }
                candidates.append(
                    .init(
                        mirror: mirror,
                        accessPoint: point,
                        measurements: measurements[point.id] ?? Measurements()
                    )
                )
            }
        }
        let ranked = AccessPointRanking.ranked(candidates, from: Viewpoint(region), locate: locate)
        var isAlwaysListed = ranked.map(\.score.isHome)
        let indexes = Dictionary(
            uniqueKeysWithValues: ranked.enumerated().map { ($1.accessPoint.id, $0) }
        )
        var countryRanks: [(country: CountryCode, ranks: [UInt8])] = []
        for country in region.countries.sorted(by: { $0.precedes($1) }) {
            guard let location = locate(country) else { continue }
            let seen = AccessPointRanking.ranked(
                candidates,
                from: Viewpoint(country, at: location, in: region),
                locate: locate
            )
            var ranks = [UInt8](repeating: .max, count: ranked.count)
            var nearest: Set<Mirror.ID> = []
            for point in seen {
                guard let index = indexes[point.accessPoint.id] else { continue }
                ranks[index] = UInt8(clamping: point.rank)
                if nearest.count < Self.nearestMirrors { nearest.insert(point.mirror.id) }
                if nearest.contains(point.mirror.id) { isAlwaysListed[index] = true }
            }
            countryRanks.append((country, ranks))
        }
        // A mirror that serves networks gets their clients from anywhere in the region.
        for (index, point) in ranked.enumerated()
        where point.mirror.rules.networks?.applied != nil {
            isAlwaysListed[index] = true
        }
        self.region = region
        self.ranked = ranked
        self.excluded = excluded
        self.countryRanks = countryRanks
        self.rows = ranked.map { rows[$0.accessPoint.id] }
        self.isAlwaysListed = isAlwaysListed
    }

    /// The encoded map.
    package func map(
        of catalog: Catalog,
        holders: HolderTable,
        builtAt: Timestamp
    ) throws(RegionMapError) -> [UInt8] {
        var writer = RegionMapWriter(
            regionID: region.id,
            catalogGeneration: catalog.generation,
            builtAt: builtAt.secondsSinceEpoch,
            expectedPathCount: catalog.count
        )
        writer.pathSets = PathSet.text(of: holders.pathSets)
        for (point, row) in zip(ranked, rows) {
            try writer.addAccessPoint(point.mapRecord(verifiedAt: row?.verifiedAt))
        }
        for entry in countryRanks {
            guard let country = RegionMapCountry(entry.country) else { continue }
            try writer.add(ranks: entry.ranks, for: country)
        }
        let choice = ReplicaChoice(
            isAlwaysListed: isAlwaysListed,
            isExclusive: ranked.map(\.mirror.rules.servesNetworksOnly)
        )
        var replicas: [UInt16] = []
        let rows = rows.map { $0?.index ?? 0 }
        try holders.forEachServedFile(across: rows) { (id, holders) throws(RegionMapError) in
            choice.list(holders, in: &replicas)
            let path = catalog.pathBytes(of: id)
            guard catalog.leadsToDirectory(id) else {
                return try writer.add(path: path, replicas: replicas)
            }
            try writer.add(path: path + [UInt8(ascii: "/")], replicas: replicas)
        }
        return try writer.finished()
    }
}

extension RankedAccessPoint {
    /// The access point's record in a region map.
    ///
    /// The time of the latest proof is truncated to the hour. Otherwise every check would change
    /// the map, cause a publication and a download, and displace the previous map.
    fileprivate func mapRecord(verifiedAt: Timestamp?) -> RegionMapAccessPoint {
        let rules = mirror.rules
        return RegionMapAccessPoint(
            id: accessPoint.id,
            mirrorID: mirror.id,
            // A map refuses texts of 64 KiB; a long name must not block a region's map.
            mirrorName: String(mirror.name.unicodeScalars.prefix(200)),
            baseURL: accessPoint.baseURL,
            clientCountries: (rules.onlyCountries?.applied ?? rules.exceptCountries?.applied ?? [])
                .map(\.letters).joined(),
            excludesClientCountries: rules.exceptCountries?.applied != nil,
            scheme: accessPoint.scheme.mapScheme,
            hasIPv4: accessPoint.hasIPv4,
            hasIPv6: accessPoint.hasIPv6,
            isPartial: accessPoint.isPartial,
            country: RegionMapCountry(mirror.country),
            rank: rank,
            weight: UInt16(clamping: mirror.weight),
            maxSharePerMille: UInt16(clamping: rules.maxSharePerMille?.applied ?? 1000),
            distanceKilometres: score.kilometres.map { UInt16(clamping: Int($0.rounded())) },
            latencyMilliseconds: score.measurements.latencyMilliseconds.map {
                UInt16(clamping: $0)
            },
            errorsPerMille: score.measurements.errorsPerMille.map { UInt16(clamping: $0) },
            lagMinutes: score.measurements.lagMinutes.map { UInt16(clamping: $0) },
            throughput: score.measurements.kibibytesPerSecond.map {
                RegionMapThroughput(
                    kibibytesPerSecond: UInt32(clamping: max(1, $0)),
                    lostMilliseconds: UInt16(clamping: Int(score.lostMilliseconds))
                )
            },
            location: score.location.map { RegionMapLocation($0) },
            otherLocations: score.sites.filter { $0 != score.location }
                .map { RegionMapLocation($0) },
            networks: (rules.networks?.applied ?? []).map { RegionMapNetwork($0) },
            servesNetworksOnly: rules.servesNetworksOnly,
            checkedAt: verifiedAt.map { $0.secondsSinceEpoch - $0.secondsSinceEpoch % 3600 }
        )
    }
}

extension MirrorRules {
    /// Whether only clients of its networks are sent there.
    fileprivate var servesNetworksOnly: Bool {
        networksOnly?.applied == true && networks?.applied != nil
    }
}

extension RegionMapLocation {
    fileprivate init(_ location: GeoLocation) {
        self.init(
            latitudeMicrodegrees: Int32((location.latitude * 1e6).rounded()),
            longitudeMicrodegrees: Int32((location.longitude * 1e6).rounded())
        )
    }
}

extension RegionMapNetwork {
    fileprivate init(_ network: ClientNetwork) {
        switch network {
        case .system(let number): self.init(system: number)
        case .block(let block):
            let length = block.prefixLength + (block.address.isIPv4 ? 96 : 0)
            self.init(
                bitCount: UInt8(clamping: min(length, 128)),
                high: block.address.high,
                low: block.address.low
            )
        }
    }
}

extension RegionMapCountry {
    fileprivate init?(_ country: CountryCode) {
        let letters = Array(country.letters.utf8)
        guard letters.count == 2 else { return nil }
        self.init(rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8)
    }
}

extension AccessPoint.Scheme {
    fileprivate var mapScheme: RegionMapScheme {
        switch self {
        case .http: .http
        case .https: .https
        case .ftp: .ftp
        case .rsync: .rsync
        }
    }
}
