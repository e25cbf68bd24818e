import Mirrors
import RegionMapFormat

extension AccessPointTable {
    /// Adds the access points of `map`, in its order.
    mutating func append(allOf map: borrowing RegionMap) {
        let strings = map.strings
        var shared = SharedValues()
        for index in 0..<map.header.accessPointCount { append(map, index, strings, &shared) }
    }

    /// What the access points of a mirror have in common, computed once if they follow each other.
    fileprivate struct SharedValues {
        private var mirrorID: RegionMapText?
        private var seed: UInt64 = 0
        private var location: RegionMapLocation?
        private var site: GlobePoint?

        @inline(__always)
        mutating func seed(
            of mirrorID: RegionMapText,
            in strings: borrowing RegionMapStrings
        ) -> UInt64 {
            if mirrorID.offset != self.mirrorID?.offset
                || mirrorID.byteCount != self.mirrorID?.byteCount
            {
                self.mirrorID = mirrorID
                seed = Rendezvous.hash(strings.text(mirrorID))
            }
            return seed
        }

        @inline(__always)
        mutating func site(at location: RegionMapLocation?) -> GlobePoint? {
            if location?.latitudeMicrodegrees != self.location?.latitudeMicrodegrees
                || location?.longitudeMicrodegrees != self.location?.longitudeMicrodegrees
            {
                self.location = location
                site = location.flatMap { GlobePoint($0) }
            }
            return site
        }
    }

    /// Adds the access point at `index` of `map`.
    ///
    /// A malformed record is also added, so that indexes stay those of the map, but it is never
    /// chosen.
    @inline(__always)
    private mutating func append(
        _ map: borrowing RegionMap,
        _ index: Int,
        _ strings: borrowing RegionMapStrings,
        _ shared: inout SharedValues
    ) {
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
            id: strings.text(point.id),
            seed: shared.seed(of: point.mirrorID, in: strings),
            baseURL: strings.text(point.baseURL),
            scheme: AccessPoint.Scheme(point.scheme),
            load: Load(
                rank: UInt32(point.rank),
                weight: UInt32(point.weight),
                maxShare: Double(min(point.maxSharePerMille, 1000)) / 1000
            ),
            audience: map.audience(of: point, at: index, strings),
            location: map.location(of: point, at: index, &shared),
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
        at index: Int,
        _ strings: borrowing RegionMapStrings
    ) -> AccessPointTable.Audience {
        let letters = strings.text(point.clientCountries)
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
            networks: point.mayHaveNetworks ? networks(of: index) : [],
            servesNetworksOnly: point.servesNetworksOnly
        )
    }

    /// Where an access point is; without sites if clients are not sent to its scheme.
    @inline(__always)
    fileprivate func location(
        of point: borrowing RegionMapRecord,
        at index: Int,
        _ shared: inout AccessPointTable.SharedValues
    ) -> AccessPointTable.Location {
        let country = point.country.map { CountryLetters($0) }
        switch point.scheme {
        case .http, .https: break
        case .ftp, .rsync, nil: return AccessPointTable.Location(country: country)
        }
        var others: [GlobePoint] = []
        if point.mayHaveOtherSites {
            for location in otherSites(of: index) {
                if let site = GlobePoint(location) { others.append(site) }
            }
        }
        var first = shared.site(at: point.location)
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
