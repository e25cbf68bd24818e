package import Catalogs
import Mirrors
import RegionMapFormat

/// What a new map must not do to a region unless somebody said so.
///
/// A map that lost much against the last good one is more likely the child of an accident (a Checker
/// cut off from the network, an override with a slip) than of the world.
package struct GuardRails: Sendable {
    /// How many percent of its paths, of the held ones and of its access points a map may lose.
    package var lossLimitPercent = 20
    /// How many percent of the mirrors of the last good map one reason may take out; a single mirror is
    /// never too many.
    package var exclusionLimitPercent = 20

    package init() {}

    /// Throws for the first rail that `new` breaks against `old`.
    ///
    /// `build` says why those that are missing are missing, and `catalog`, of which `new` is the map, which
    /// files are others than those that `old` knew. Looks every path up in both maps only where the counts
    /// alone break a rail.
    package func check(
        _ build: RegionMapBuild,
        from old: PublishedMap,
        to new: PublishedMap,
        _ catalog: Catalog
    ) throws(MapBuildingError) {
        let region = build.region.id
        try refuseExclusions(build, from: old, to: new)
        if isTooMuch(from: old.header.pathCount, to: new.header.pathCount) {
            try refuseLoss(
                region,
                of: "paths",
                from: old.header.pathCount - removedPathCount(from: old, to: new, catalog),
                to: new.header.pathCount
            )
        }
        if isTooMuch(from: old.header.heldPathCount, to: new.header.heldPathCount) {
            // Between a publication and the next check nobody holds what is new.
            let held = heldPathCounts(from: old, to: new, catalog)
            try refuseLoss(
                region,
                of: "paths that a mirror holds",
                from: held.old,
                to: held.new
            )
        }
        try refuseLoss(
            region,
            of: "access points",
            from: old.header.accessPointCount,
            to: new.header.accessPointCount
        )
    }

    private func isTooMuch(from: Int, to: Int) -> Bool {
        to < from && (from - to) * 100 > from * lossLimitPercent
    }

    private func refuseLoss(
        _ region: Region.ID,
        of what: String,
        from: Int,
        to: Int
    ) throws(MapBuildingError) {
        guard isTooMuch(from: from, to: to) else { return }
        throw .shrunk(
            region: region,
            what: what,
            from: from,
            to: to,
            limitPercent: lossLimitPercent
        )
    }

    /// How many of the paths that only the old map knows the catalog has as removed: the leader's guard
    /// rails let them go.
    private func removedPathCount(
        from old: PublishedMap,
        to new: PublishedMap,
        _ catalog: Catalog
    ) -> Int {
        catalog.ids.count { id in
            guard !catalog.isLive(id) else { return false }
            let key = catalog.mapKey(of: id)
            return old.knows(key) && !new.knows(key)
        }
    }

    /// How many of the files that were there before and are the same now somebody held in the old map, and
    /// how many of these somebody holds in the new one.
    ///
    /// What was removed, replaced or added since is no loss of a mirror's.
    private func heldPathCounts(
        from old: PublishedMap,
        to new: PublishedMap,
        _ catalog: Catalog
    ) -> (old: Int, new: Int) {
        var counts = (old: 0, new: 0)
        for id in catalog.ids
        where catalog.isLive(id) && catalog.changedIn(id) <= old.header.catalogGeneration {
            let key = catalog.mapKey(of: id)
            guard old.holds(key) else { continue }
            counts.old += 1
            if new.holds(key) { counts.new += 1 }
        }
        return counts
    }

    /// A mirror is lost when the old map has any of its access points and the new one none; the reason
    /// is that of the first one that was there.
    private func refuseExclusions(
        _ build: RegionMapBuild,
        from old: PublishedMap,
        to new: PublishedMap
    ) throws(MapBuildingError) {
        let kept = Set(new.accessPoints.map(\.mirrorID))
        var seen: Set<Mirror.ID> = []
        var lost: [MapExclusion: Int] = [:]
        for point in old.accessPoints where seen.insert(point.mirrorID).inserted {
            guard !kept.contains(point.mirrorID), let reason = build.excluded[point.id] else {
                continue
            }
            lost[reason, default: 0] += 1
        }
        for reason in MapExclusion.allCases {
            guard let count = lost[reason], count > 1,
                count * 100 > seen.count * exclusionLimitPercent
            else { continue }
            throw .excluded(
                region: build.region.id,
                reason: reason,
                count: count,
                of: seen.count,
                limitPercent: exclusionLimitPercent
            )
        }
    }
}
