package import Mirrors

/// How near an access point is to a client, with reasons: the expected time to first byte, and what
/// a transfer loses by a low throughput.
package struct RankingScore: Hashable, Sendable {
    /// The basis of the expected time.
    package enum Basis: String, Sendable {
        /// The region's checker measured it.
        case measured
        /// Great-circle distance.
        case distance
        /// Neither is known; such access points come last.
        case unknown
    }

    package let basis: Basis
    /// The nearest site of the mirror, or else its country's location.
    package let location: GeoLocation?
    /// All its sites.
    package let sites: [GeoLocation]
    package let kilometres: Double?
    package let measurements: Measurements
    /// Whether the mirror is in one of the viewpoint's countries.
    package let isHome: Bool
    /// At least 1; grows with the recent error rate.
    package let errorFactor: Double
    /// At least 1; grows with the time that new files take to arrive.
    package let lagFactor: Double
    /// What a transfer loses by the measured throughput, in milliseconds; 0 if it is not known.
    package let lostMilliseconds: Double
    /// The expected time multiplied by the factors, infinite if nothing is known; less is better.
    package let milliseconds: Double
}

extension RankingScore {
    /// Scores `candidate` from `viewpoint`; `locate` gives the location of a country.
    init(
        _ candidate: AccessPointRanking.Candidate,
        from viewpoint: Viewpoint,
        locate: (CountryCode) -> GeoLocation?
    ) {
        let mirror = candidate.mirror
        let sites = candidate.sites(in: viewpoint, locate: locate)
        func nearest(to place: GeoLocation) -> (site: GeoLocation, kilometres: Double)? {
            sites.map { (site: $0, kilometres: place.kilometres(to: $0)) }
                .min { $0.kilometres < $1.kilometres }
        }
        let place = nearest(to: viewpoint.location)
        let distant = place.map { Self.expected($0.kilometres) }
        var expected = distant
        if let measured = candidate.measurements.latencyMilliseconds.map(Double.init) {
            basis = .measured
            expected = measured
            // A measured excess over the distance is the mirror's own, and applies from everywhere.
            // Compute the difference first: from the checker itself it is 0, and equal times stay
            // equal.
            if let distant, let checker = nearest(to: viewpoint.checker) {
                expected = max(1, measured + (distant - Self.expected(checker.kilometres)))
            }
        } else {
            basis = place == nil ? .unknown : .distance
        }
        location = place?.site
        kilometres = place?.kilometres
        self.sites = sites
        measurements = candidate.measurements
        isHome = viewpoint.countries.contains(mirror.country)
        errorFactor = Self.errorFactor(perMille: candidate.measurements.errorsPerMille ?? 0)
        lagFactor = Self.lagFactor(minutes: candidate.measurements.lagMinutes ?? 0)
        lostMilliseconds = TransferModel.lostMilliseconds(candidate.measurements.kibibytesPerSecond)
        milliseconds = ((expected ?? .infinity) + lostMilliseconds) * errorFactor * lagFactor
    }

    /// The time to first byte over a distance: two round trips, to connect and to request, at 200
    /// km a millisecond in fibre, on routes half as long again as the great circle; plus 20 ms for
    /// everything else.
    static func expected(_ kilometres: Double) -> Double {
        20 + kilometres * 4 * 1.5 / 200
    }

    /// Each full 10 % of failed probes makes a mirror count as 40 % slower: one lost probe of
    /// twenty changes nothing.
    static func errorFactor(perMille: Int) -> Double {
        1 + Double(perMille / 100) * 0.4
    }

    /// Up to 25 % slower, reached at a lag of a day, in steps of an hour.
    ///
    /// The factor is small because a map lists a mirror only for files that it has.
    static func lagFactor(minutes: Int) -> Double {
        1 + 0.25 * Double(min(24, minutes / 60)) / 24
    }
}

/// The point from which mirrors are compared.
package struct Viewpoint: Sendable {
    package let location: GeoLocation
    /// The countries whose mirrors come before others that are equally near.
    package let countries: Set<CountryCode>
    /// Where the measurements were taken.
    package let checker: GeoLocation
    /// The countries of the region.
    let regionCountries: [CountryCode]

    /// The whole region, as its checker sees it.
    package init(_ region: Region) {
        location = region.location
        countries = Set(region.countries)
        checker = region.location
        regionCountries = region.countries
    }

    /// One country of the region.
    package init(_ country: CountryCode, at location: GeoLocation, in region: Region) {
        self.location = location
        countries = [country]
        checker = region.location
        regionCountries = region.countries
    }
}
