package import Catalogs
package import JSON
import Mirrors
package import RegionMapFormat

/// How replacing one map with another changes redirects.
package struct MapDifference: Sendable {
    /// The members that one set has and the other lacks.
    package struct Change: Equatable, Sendable {
        package let gained: [String]
        package let lost: [String]

        init(from old: [String], to new: [String]) {
            gained = Set(new).subtracting(old).sorted()
            lost = Set(old).subtracting(new).sorted()
        }
    }

    /// The effect on the paths of a catalog, including removed ones.
    package struct Paths: Equatable, Sendable {
        /// Paths known only to the new map, and only to the old one.
        package var gainedCount = 0
        package var lostCount = 0
        /// Paths held only in the new map, and only in the old one.
        package var heldGainedCount = 0
        package var heldLostCount = 0
        /// Paths held in both maps.
        package var heldInBothCount = 0
        /// Paths held in both maps for which some redirects go to another mirror.
        package var movedCount = 0
        /// The redirects that go elsewhere, counting one redirect for each path held in both maps.
        package var movedRedirects = 0.0

        /// The percentage of redirects for paths held in both maps that go elsewhere.
        package var movedPercent: Double {
            heldInBothCount == 0
                ? 0 : (movedRedirects * 1000 / Double(heldInBothCount)).rounded() / 10
        }
    }

    package let pathCounts: (old: Int, new: Int)
    package let heldPathCounts: (old: Int, new: Int)
    package let mirrors: Change
    package let accessPoints: Change
    /// Nil without a catalog, because a map cannot list its paths.
    package let paths: Paths?

    /// Compares two maps.
    ///
    /// Without an old one, everything is gained.
    ///
    /// Looks up every path of `catalog` in both maps.
    package init(
        from old: PublishedMap?,
        to new: PublishedMap,
        catalog: Catalog?
    ) throws(RegionMapError) {
        pathCounts = (old?.header.pathCount ?? 0, new.header.pathCount)
        heldPathCounts = (old?.header.heldPathCount ?? 0, new.header.heldPathCount)
        mirrors = Change(
            from: old?.accessPoints.map(\.mirrorID) ?? [],
            to: new.accessPoints.map(\.mirrorID)
        )
        accessPoints = Change(
            from: old?.accessPoints.map(\.id) ?? [],
            to: new.accessPoints.map(\.id)
        )
        guard let catalog else {
            paths = nil
            return
        }
        var paths = Paths()
        var numbers: [Mirror.ID: Int] = [:]
        var oldShares = old.map { RedirectShares(of: $0, &numbers) }
        var newShares = RedirectShares(of: new, &numbers)
        for id in catalog.ids {
            let key = catalog.mapKey(of: id)
            paths.add(old: try oldShares?.shares(of: key), new: try newShares.shares(of: key))
        }
        self.paths = paths
    }

    package var json: JSONObject {
        var object: JSONObject = [
            "paths": Self.json(pathCounts),
            "held": Self.json(heldPathCounts),
            "mirrors": mirrors.json,
            "accessPoints": accessPoints.json,
        ]
        if let paths {
            object["catalogPaths"] = [
                "gained": .integer(Int64(paths.gainedCount)),
                "lost": .integer(Int64(paths.lostCount)),
                "heldGained": .integer(Int64(paths.heldGainedCount)),
                "heldLost": .integer(Int64(paths.heldLostCount)),
                "moved": .integer(Int64(paths.movedCount)),
                "movedPercent": .number(paths.movedPercent),
            ]
        }
        return object
    }

    private static func json(_ counts: (old: Int, new: Int)) -> JSONValue {
        ["old": .integer(Int64(counts.old)), "new": .integer(Int64(counts.new))]
    }
}

extension MapDifference.Change {
    fileprivate var json: JSONValue {
        [
            "gained": .array(gained.map { .string($0) }),
            "lost": .array(lost.map { .string($0) }),
        ]
    }
}

extension MapDifference.Paths {
    /// Counts one path by its ``RedirectShares/shares(of:)`` in both maps.
    fileprivate mutating func add(
        old: [RedirectShares.Share]?,
        new: [RedirectShares.Share]?
    ) {
        if old == nil, new != nil { gainedCount += 1 }
        if old != nil, new == nil { lostCount += 1 }
        let (old, new) = (old ?? [], new ?? [])
        switch (old.isEmpty, new.isEmpty) {
        case (true, true): break
        case (true, false): heldGainedCount += 1
        case (false, true): heldLostCount += 1
        case (false, false):
            heldInBothCount += 1
            let moved = RedirectShares.moved(from: old, to: new)
            // Anything smaller is a rounding error.
            guard moved > 1e-9 else { break }
            movedCount += 1
            movedRedirects += moved
        }
    }
}

extension Catalog {
    /// The key of a path in a region map.
    ///
    /// A directory's key ends in a slash.
    func mapKey(of id: FileID) -> [UInt8] {
        var key = Array(pathBytes(of: id))
        if leadsToDirectory(id) { key.append(UInt8(ascii: "/")) }
        return key
    }
}
