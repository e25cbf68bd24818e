package import FunctionRuntime
package import Mirrors

/// The mirrors that this checker is responsible for if several regions run one: those that its
/// region is nearest to.
///
/// Every mirror belongs to exactly one of the regions in `CHECK_REGIONS`; one without a known place
/// belongs to the first.
package struct RegionShare: Equatable, Sendable {
    package let own: Region.ID
    /// All regions with a checker, in the order of the environment.
    package let all: [Region.ID]

    /// Nil without `CHECK_REGIONS`: a single checker does everything.
    package init?(_ environment: Environment) throws(FunctionError) {
        guard let text = environment[.checkRegions] else { return nil }
        all = text.split { $0 == "," || $0 == " " }.map(String.init)
        guard let own = environment.checkerRegion, all.contains(own) else {
            throw .badRequest(
                "CHECK_REGIONS: expected a list with this checker's own REGION among it, found "
                    + "\"\(text)\" and REGION=\"\(environment.checkerRegion ?? "")\""
            )
        }
        self.own = own
    }

    /// The mirrors of `mirrors` that this checker is responsible for.
    ///
    /// Throws if a region with a checker is not in `regions`: nobody would check its mirrors.
    package func share(of mirrors: [Mirror], in regions: Regions) throws(FunctionError) -> [Mirror]
    {
        var places: [(id: Region.ID, location: GeoLocation)] = []
        for id in all {
            guard let region = regions[id] else {
                let known = regions.all.map(\.id).joined(separator: ", ")
                throw .badRequest("CHECK_REGIONS: there is no region \"\(id)\"; known: \(known)")
            }
            places.append((id, region.location))
        }
        return mirrors.filter { mirror in
            var sites = mirror.locations.isEmpty ? mirror.sites : mirror.locations
            if sites.isEmpty { sites = [Countries.location(of: mirror.country)].compactMap(\.self) }
            guard !sites.isEmpty else { return own == all.first }
            func distance(to place: GeoLocation) -> Double {
                sites.map { place.kilometres(to: $0) }.min() ?? .infinity
            }
            let nearest = places.min { distance(to: $0.location) < distance(to: $1.location) }
            return nearest?.id == own
        }
    }
}

extension Environment {
    /// The region where a checker runs.
    ///
    /// `REGION=auto` is for a redirector that serves all regions; beside it, the checker runs in
    /// the region of `DEFAULT_REGION`.
    var checkerRegion: String? {
        self[.region] == "auto" ? self[.defaultRegion] : self[.region]
    }
}
