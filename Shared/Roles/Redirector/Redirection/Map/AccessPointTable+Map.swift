import Mirrors
import RegionMapFormat

extension AccessPointTable {
    /// Adds the access point at `index` of `map`.
    ///
    /// A malformed record is also added, so that indexes stay those of the map, but it is never
    /// chosen.
    mutating func append(_ map: borrowing RegionMap, _ index: Int) {
        guard let point = map.accessPoint(at: index) else {
            let none: [UInt8] = []
            append(id: none.span, mirror: none.span, baseURL: none.span, scheme: .rsync, rank: .max)
            return
        }
        let countries = map.text(point.clientCountries)
        var listed: [CountryLetters] = []
        for start in stride(from: 0, to: countries.count - 1, by: 2) {
            guard let country = CountryLetters(countries.extracting(start..<start + 2)) else {
                continue
            }
            listed.append(country)
        }
        let (site, otherSites) = map.usableSites(of: point, at: index)
        append(
            id: map.text(point.id),
            mirror: map.text(point.mirrorID),
            baseURL: map.text(point.baseURL),
            scheme: AccessPoint.Scheme(point.scheme),
            rank: UInt32(point.rank),
            weight: UInt32(point.weight),
            maxShare: Double(min(point.maxSharePerMille, 1000)) / 1000,
            country: point.country.map { CountryLetters($0) },
            hasIPv4: point.hasIPv4,
            hasIPv6: point.hasIPv6,
            clientCountries: listed,
            excludesClientCountries: point.excludesClientCountries,
            networks: map.networks(of: index),
            servesNetworksOnly: point.servesNetworksOnly,
            site: site,
            otherSites: otherSites,
            kilometres: point.distanceKilometres,
            latencyMilliseconds: point.latencyMilliseconds,
            errorsPerMille: point.errorsPerMille,
            lagMinutes: point.lagMinutes,
            lostMilliseconds: point.throughput?.lostMilliseconds ?? 0
        )
    }
}

extension RegionMap {
    /// The sites of an access point; none if clients are not sent to its scheme.
    fileprivate func usableSites(
        of point: borrowing RegionMapRecord,
        at index: Int
    ) -> (first: GlobePoint?, others: [GlobePoint]) {
        switch point.scheme {
        case .http, .https: break
        case .ftp, .rsync, nil: return (nil, [])
        }
        var others: [GlobePoint] = []
        for location in otherSites(of: index) {
            if let site = GlobePoint(location) { others.append(site) }
        }
        if let site = point.location.flatMap({ GlobePoint($0) }) { return (site, others) }
        return others.isEmpty ? (nil, []) : (others.removeFirst(), others)
    }
}

extension GlobePoint {
    fileprivate init?(_ location: RegionMapLocation) {
        self.init(
            latitude: Double(location.latitudeMicrodegrees) / 1e6,
            longitude: Double(location.longitudeMicrodegrees) / 1e6
        )
    }
}

extension AccessPoint.Scheme {
    /// A scheme from a newer writer is one that clients are not sent to.
    fileprivate init(_ scheme: RegionMapScheme?) {
        switch scheme {
        case .http: self = .http
        case .https: self = .https
        case .ftp: self = .ftp
        case .rsync, nil: self = .rsync
        }
    }
}
