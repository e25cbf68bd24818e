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
    /// `build` says why those that are missing are missing.
    package func check(
        _ build: RegionMapBuild,
        from old: PublishedMap,
        to new: PublishedMap
    ) throws(MapBuildingError) {
        let region = build.region.id
        try refuseExclusions(build, from: old, to: new)
        for (what, from, to) in [
            ("paths", old.header.pathCount, new.header.pathCount),
            ("paths that a mirror holds", old.header.heldPathCount, new.header.heldPathCount),
            ("access points", old.header.accessPointCount, new.header.accessPointCount),
        ] {
            guard to >= from || (from - to) * 100 <= from * lossLimitPercent else {
                throw .shrunk(
                    region: region,
                    what: what,
                    from: from,
                    to: to,
                    limitPercent: lossLimitPercent
                )
            }
        }
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
