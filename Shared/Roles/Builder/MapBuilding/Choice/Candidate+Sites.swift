import Mirrors

extension AccessPointRanking.Candidate {
    /// The places where clients of the region reach it.
    ///
    /// These are its known sites, or else its country's location. An anycast mirror is near
    /// wherever it measures near: if it answers the region's checker as fast as a server in the
    /// region would, it counts as present in each country of the region; otherwise its latency is
    /// measured from the checker.
    func sites(
        in viewpoint: Viewpoint,
        locate: (CountryCode) -> GeoLocation?
    ) -> [GeoLocation] {
        let (basis, sites) = mirror.place(of: accessPoint)
        let home = [locate(mirror.country)].compactMap(\.self)
        switch basis {
        case .overrides, .list, .addresses: return sites
        case .country: return home
        case .anycast:
            guard let measured = measurements.latencyMilliseconds else { return home }
            let isNear = Double(measured) <= RankingScore.expected(Self.nearKilometres)
            return isNear ? Self.everywhere(in: viewpoint, locate) : [viewpoint.checker]
        }
    }

    /// A distance whose expected latency counts as one from within the region: 50 ms.
    static let nearKilometres = 1000.0

    private static func everywhere(
        in viewpoint: Viewpoint,
        _ locate: (CountryCode) -> GeoLocation?
    ) -> [GeoLocation] {
        var sites = [viewpoint.checker]
        for country in viewpoint.regionCountries where sites.count < siteLimit {
            if let location = locate(country), !sites.contains(location) { sites.append(location) }
        }
        return sites
    }

    /// As many as a map has room for.
    private static let siteLimit = 255
}
