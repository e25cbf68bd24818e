import Mirrors

extension AccessPointRanking.Candidate {
    /// The places where clients of the region meet it.
    ///
    /// Those that are known; or the country's. An anycast one is near wherever it measures near:
    /// all over the region, which is each country's location, where the region's checker is
    /// answered as by a server in the region. Where it is not, its time is that from the checker.
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
            guard let measured = evidence.latencyMilliseconds else { return home }
            let isNear = Double(measured) <= RankingScore.expected(Self.nearKilometres)
            return isNear ? Self.everywhere(in: viewpoint, locate) : [viewpoint.checker]
        }
    }

    /// Whose time counts as one from within the region: 50 ms.
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

    /// What a map has room for.
    private static let siteLimit = 255
}
