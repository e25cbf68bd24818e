package import Catalogs
package import Mirrors
import RegionMapFormat

/// The losses that a new map may not cause without permission.
///
/// A map that lost much against the last good one is more likely the result of an accident (a
/// checker cut off from the network, a slip in an override) than of a real change. The loss of any
/// one mirror is accepted as real: of two mirrors, one is half, and clients that are not sent there
/// get the fallback host. If the old map stayed instead, it would send clients to files that are
/// gone as soon as the doubts about them have ended.
package struct GuardRails: Sendable {
    /// The percentage of its paths, held paths and access points that a map may lose, not counting
    /// the mirror whose loss took the most held paths or access points.
    package var lossLimitPercent = 20
    /// The percentage of the last good map's mirrors that one reason may exclude; a single mirror
    /// is always allowed.
    package var exclusionLimitPercent = 20

    package init() {}

    /// Throws for the first rail that `new` breaks compared with `old`.
    ///
    /// `build` says why access points are missing, and `catalog`, from which `new` was made, which
    /// files differ from those that `old` knew. Looks every path up in both maps only if the totals
    /// alone break a rail.
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
            // Between a publication and the next check, nobody holds the new files.
            let loss = heldPathLoss(from: old, to: new, catalog)
            try refuse(loss, of: "paths that a mirror holds", in: region)
        }
        try refuse(accessPointLoss(from: old, to: new), of: "access points", in: region)
    }

    /// A count in the old map and in the new one.
    package struct Loss {
        package var from: Int
        package var to: Int
        /// For each mirror, the number of lost items that it alone had.
        package var lostAlone: [Mirror.ID: Int]

        package init(from: Int, to: Int, lostAlone: [Mirror.ID: Int] = [:]) {
            self.from = from
            self.to = to
            self.lostAlone = lostAlone
        }
    }

    /// Whether the loss exceeds the limit even without the mirror that lost most.
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

    /// The number of paths known only to the old map that the catalog lists as removed: the
    /// leader's guard rails accepted these.
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

    /// Of the files that existed before and have not changed, how many were held in the old map,
    /// and how many of those are held in the new one.
    ///
    /// Files that were removed, replaced or added since are not a mirror's loss.
    private func heldPathLoss(
        from old: PublishedMap,
        to new: PublishedMap,
        _ catalog: Catalog
    ) -> Loss {
        var loss = Loss(from: 0, to: 0)
        for id in catalog.ids
        where catalog.isLive(id) && catalog.changedIn(id) <= old.header.catalogGeneration {
            let key = catalog.mapKey(of: id)
            let before = old.holders(of: key)
            guard before != .none else { continue }
            loss.from += 1
            if new.holders(of: key) != .none {
                loss.to += 1
            } else if case .oneMirror(let mirror) = before {
                loss.lostAlone[mirror, default: 0] += 1
            }
        }
        return loss
    }

    /// Lost access points by count: a mirror that replaced one access point by another lost none.
    private func accessPointLoss(from old: PublishedMap, to new: PublishedMap) -> Loss {
        var loss = Loss(from: old.header.accessPointCount, to: new.header.accessPointCount)
        var surplus: [Mirror.ID: Int] = [:]
        for point in old.accessPoints { surplus[point.mirrorID, default: 0] += 1 }
        for point in new.accessPoints { surplus[point.mirrorID, default: 0] -= 1 }
        loss.lostAlone = surplus.filter { $0.value > 0 }
        return loss
    }

    /// A mirror is lost if the old map has any of its access points and the new one has none.
    ///
    /// The reason is that of the first one that the old map had.
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
