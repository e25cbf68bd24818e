package import Catalogs
package import Mirrors
import RegionMapFormat

/// What a new map must not do to a region unless somebody said so.
///
/// A map that lost much against the last good one is more likely the child of an accident (a
/// Checker cut off from the network, an override with a slip) than of the world. What one mirror
/// alone lost is the world's: of two mirrors one is a half, and whoever is not sent there finds the
/// fallback host. Clients of the map that would stay instead are sent to files that are gone, once
/// the doubts about them have ended.
package struct GuardRails: Sendable {
    /// How many percent of its paths, of the held ones and of its access points a map may lose,
    /// beside the held paths and access points of the one mirror that lost most of them.
    package var lossLimitPercent = 20
    /// How many percent of the mirrors of the last good map one reason may take out; a single
    /// mirror is never too many.
    package var exclusionLimitPercent = 20

    package init() {}

    /// Throws for the first rail that `new` breaks against `old`.
    ///
    /// `build` says why those that are missing are missing, and `catalog`, of which `new` is the
    /// map, which files are others than those that `old` knew. Looks every path up in both maps
    /// only where the counts alone break a rail.
    package func check(
        _ build: RegionMapBuild,
        from old: PublishedMap,
        to new: PublishedMap,
        _ catalog: Catalog
    ) throws(MapBuildingError) {
        let region = build.region.id
        try refuseExclusions(build, from: old, to: new)
        if isTooMuch(Loss(from: old.header.pathCount, to: new.header.pathCount)) {
            let removed = removedPathCount(from: old, to: new, catalog)
            let loss = Loss(from: old.header.pathCount - removed, to: new.header.pathCount)
            try refuse(loss, of: "paths", in: region)
        }
        if isTooMuch(Loss(from: old.header.heldPathCount, to: new.header.heldPathCount)) {
            // Between a publication and the next check nobody holds what is new.
            let loss = heldPathLoss(from: old, to: new, catalog)
            try refuse(loss, of: "paths that a mirror holds", in: region)
        }
        try refuse(accessPointLoss(from: old, to: new), of: "access points", in: region)
    }

    /// How many of something a map has instead of how many the one before it had.
    package struct Loss {
        package var from: Int
        package var to: Int
        /// How many of those that are lost one mirror alone had, by mirror.
        package var lostAlone: [Mirror.ID: Int]

        package init(from: Int, to: Int, lostAlone: [Mirror.ID: Int] = [:]) {
            self.from = from
            self.to = to
            self.lostAlone = lostAlone
        }
    }

    /// Whether a map without the mirror that lost most would have lost more than the limit.
    package func isTooMuch(_ loss: Loss) -> Bool {
        let before = loss.from - (loss.lostAlone.values.max() ?? 0)
        return loss.to < before && (before - loss.to) * 100 > before * lossLimitPercent
    }

    private func refuse(
        _ loss: Loss,
        of what: String,
        in region: Region.ID
    ) throws(MapBuildingError) {
        guard isTooMuch(loss) else { return }
        throw .shrunk(
            region: region,
            what: what,
            from: loss.from,
            to: loss.to,
            limitPercent: lossLimitPercent
        )
    }

    /// How many of the paths that only the old map knows the catalog has as removed: the leader's
    /// guard rails let them go.
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

    /// How many of the files that were there before and are the same now somebody held in the old
    /// map, and how many of these somebody holds in the new one.
    ///
    /// What was removed, replaced or added since is no loss of a mirror's.
    private func heldPathLoss(
        from old: PublishedMap,
        to new: PublishedMap,
        _ catalog: Catalog
    ) -> Loss {
        var loss = Loss(from: 0, to: 0)
        for id in catalog.ids
        where catalog.isLive(id) && catalog.changedIn(id) <= old.header.catalogGeneration {
            let key = catalog.mapKey(of: id)
            let holding = old.holding(of: key)
            guard holding != .none else { continue }
            loss.from += 1
            if new.holding(of: key) != .none {
                loss.to += 1
            } else if case .oneMirror(let mirror) = holding {
                loss.lostAlone[mirror, default: 0] += 1
            }
        }
        return loss
    }

    /// What is lost is told by the numbers: a mirror that has another access point instead has lost
    /// none.
    private func accessPointLoss(from old: PublishedMap, to new: PublishedMap) -> Loss {
        var loss = Loss(from: old.header.accessPointCount, to: new.header.accessPointCount)
        var surplus: [Mirror.ID: Int] = [:]
        for point in old.accessPoints { surplus[point.mirrorID, default: 0] += 1 }
        for point in new.accessPoints { surplus[point.mirrorID, default: 0] -= 1 }
        loss.lostAlone = surplus.filter { $0.value > 0 }
        return loss
    }

    /// A mirror is lost when the old map has any of its access points and the new one none; the
    /// reason is that of the first one that was there.
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
