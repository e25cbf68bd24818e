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
            append(
                id: none.span,
                mirror: none.span,
                baseURL: none.span,
                scheme: .rsync,
                load: Load(rank: .max)
            )
            return
        }
        append(
            id: map.text(point.id),
            mirror: map.text(point.mirrorID),
            baseURL: map.text(point.baseURL),
            scheme: AccessPoint.Scheme(point.scheme),
            load: Load(
                rank: UInt32(point.rank),
                weight: UInt32(point.weight),
                maxShare: Double(min(point.maxSharePerMille, 1000)) / 1000
            ),
            audience: map.audience(of: point, at: index),
            location: map.location(of: point, at: index),
            measurements: Measurements(
                kilometres: point.distanceKilometres,
                latencyMilliseconds: point.latencyMilliseconds,
                errorsPerMille: point.errorsPerMille,
                lagMinutes: point.lagMinutes,
                lostMilliseconds: point.throughput?.lostMilliseconds ?? 0
            )
        )
    }
}

extension RegionMap {
    /// The clients that an access point serves.
    @inline(__always)
    fileprivate func audience(
        of point: borrowing RegionMapRecord,
        at index: Int
    ) -> AccessPointTable.Audience {
        let letters = text(point.clientCountries)
        var countries: [CountryLetters] = []
        for start in stride(from: 0, to: letters.count - 1, by: 2) {
            guard let country = CountryLetters(letters.extracting(start..<start + 2)) else {
                continue
            }
            countries.append(country)
        }
        return AccessPointTable.Audience(
            hasIPv4: point.hasIPv4,
            hasIPv6: point.hasIPv6,
            countries: countries,
            excludesCountries: point.excludesClientCountries,
            networks: networks(of: index),
            servesNetworksOnly: point.servesNetworksOnly
        )
    }

    /// Where an access point is; without sites if clients are not sent to its scheme.
    @inline(__always)
    fileprivate func location(
        of point: borrowing RegionMapRecord,
        at index: Int
    ) -> AccessPointTable.Location {
        let country = point.country.map { CountryLetters($0) }
        switch point.scheme {
        case .http, .https: break
        case .ftp, .rsync, nil: return AccessPointTable.Location(country: country)
        }
        var others: [GlobePoint] = []
        for location in otherSites(of: index) {
            if let site = GlobePoint(location) { others.append(site) }
        }
        var first = point.location.flatMap { GlobePoint($0) }
        if first == nil, !others.isEmpty { first = others.removeFirst() }
        return AccessPointTable.Location(country: country, site: first, otherSites: others)
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
