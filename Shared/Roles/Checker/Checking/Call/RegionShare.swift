package import FunctionRuntime
package import Mirrors

/// Which mirrors are this checker's where several regions run one: those that its region is the
/// nearest to.
///
/// Every mirror is somebody's: only the regions of `CHECK_REGIONS` are measured from. One without a
/// known place belongs to the first of them.
package struct RegionShare: Equatable, Sendable {
    package let own: Region.ID
    /// All that run a checker, in the order of the environment.
    package let all: [Region.ID]

    /// Nil without `CHECK_REGIONS`: there is one checker, for everything.
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

    /// The mirrors of `mirrors` that are this checker's.
    ///
    /// Throws when `regions` lacks one that runs a checker: its mirrors would be nobody's.
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
    /// The region where a checker stands.
    ///
    /// `REGION=auto` is a redirector's that serves all of them; beside it the checker stands in the
    /// region of `DEFAULT_REGION`.
    var checkerRegion: String? {
        self[.region] == "auto" ? self[.defaultRegion] : self[.region]
    }
}
