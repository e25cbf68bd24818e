import Catalogs
import CheckStates
import MapBuilding
import Mirrors
import Time

/// The Builder: rows of maps out of check states, by the Builder's own rule and ranking, without
/// the bytes.
///
/// Only the states that changed are looked at again, and every one once an hour, because proofs
/// grow old. Orders are renewed every other hour.
final class MapBoard {
    /// A state, and the number of its version.
    struct VersionedState {
        var state: CheckState
        var version: Int
    }

    private let mirrors: [Mirror]
    private let points: [AccessPoint]
    private let rules: [MirrorRules]
    private let regions: Regions
    private let classes: FileClasses
    private let maximumAge: Int64
    private let rails = GuardRails()

    private var holders: HolderTable
    private var generation: UInt32 = 0
    private var rowCount = 0
    private var seenVersions: [Int]
    private var rows: [HolderTable.Row?]
    private var fullLookAt = -PathTable.never
    private var rankedAt = -PathTable.never
    private var rankedPoints: Set<AccessPoint.ID> = []
    /// What the last published maps came to: the access points in them, and the files that somebody
    /// holds.
    private var published: (points: Set<Int>, pathCount: Int, heldPathCount: Int)?
    /// How many times a guard rail kept maps back.
    private(set) var refusedCount = 0

    /// What a build changes.
    struct Build {
        var rows: [(point: Int, files: Words)] = []
        var orders: [RegionMapBuild]?
    }

    init(
        mirrors: [Mirror],
        points: [AccessPoint],
        regions: Regions = .continents,
        classes: FileClasses = .standard,
        maximumAge: Int64 = MapPublication.Settings().maximumAge
    ) {
        self.mirrors = mirrors
        self.points = points
        self.regions = regions
        self.classes = classes
        self.maximumAge = maximumAge
        let rulesByID = Dictionary(
            mirrors.flatMap { mirror in mirror.accessPoints.map { ($0.id, mirror.rules) } },
            uniquingKeysWith: { first, _ in first }
        )
        rules = points.map { rulesByID[$0.id] ?? .none }
        holders = HolderTable(Catalog())
        seenVersions = Array(repeating: -1, count: points.count)
        rows = Array(repeating: nil, count: points.count)
    }

    /// Builds what is other than before; nil where nothing is, or a guard rail refuses it.
    ///
    /// `board` has the rows of the last build.
    func build(
        of catalog: Catalog,
        states: (Int) -> VersionedState?,
        board: OfferBoard,
        evidence: (Region.ID) -> [AccessPoint.ID: Evidence],
        at time: Int,
        now: Timestamp
    ) -> Build? {
        let isNew = catalog.generation != generation
        if isNew || rowCount > 20_000 {
            holders = HolderTable(catalog, classes: classes)
            rowCount = 0
            generation = catalog.generation
        }
        let looksAtAll = isNew || time - fullLookAt >= SimulatedTime.hour
        if looksAtAll { fullLookAt = time }
        var build = Build()
        for point in points.indices {
            guard let current = states(point), current.state.count > 0,
                looksAtAll || current.version != seenVersions[point]
            else { continue }
            seenVersions[point] = current.version
            let row = holders.add(
                current.state,
                rules: rules[point],
                now: now,
                maximumAge: maximumAge
            )
            rowCount += 1
            rows[point] = row
            build.rows.append((point, holders.words(ofRow: row.index)))
        }
        build.rows.removeAll { Self.padded($0.files, board.live.count) == board.rows[$0.point] }
        build.rows = build.rows.map { ($0.point, Self.padded($0.files, board.live.count)) }
        let isRankingDue = time - rankedAt >= 2 * SimulatedTime.hour
        guard isNew || isRankingDue || !build.rows.isEmpty else { return nil }
        guard passesRails(build, catalog, board) else {
            refusedCount += 1
            // What was refused is looked at again.
            for (point, _) in build.rows { seenVersions[point] = -1 }
            return nil
        }
        let candidates = Set(
            points.indices.filter { rows[$0]?.heldCount ?? 0 > 0 }.map { points[$0].id }
        )
        if candidates != rankedPoints || isRankingDue {
            rankedAt = time
            rankedPoints = candidates
            build.orders = orders(evidence)
        }
        return build
    }

    private func orders(
        _ evidence: (Region.ID) -> [AccessPoint.ID: Evidence]
    ) -> [RegionMapBuild] {
        var byID: [AccessPoint.ID: HolderTable.Row] = [:]
        for (point, row) in zip(points, rows) { byID[point.id] = row }
        return orders(of: byID, evidence)
    }

    /// How clients of each region prefer the access points of some rows.
    func orders(
        of byID: [AccessPoint.ID: HolderTable.Row],
        _ evidence: (Region.ID) -> [AccessPoint.ID: Evidence]
    ) -> [RegionMapBuild] {
        regions.all.map { region in
            var measured = evidence(region.id)
            for (id, row) in byID {
                guard let freshness = row.freshness else { continue }
                measured[id, default: Evidence()].lagMinutes = freshness.lagMinutes
            }
            return RegionMapBuild(
                region: region,
                mirrors: mirrors,
                rows: byID,
                evidence: measured
            )
        }
    }

    private static func padded(_ words: Words, _ count: Int) -> Words {
        words.count >= count ? words : words + Words(repeating: 0, count: count - words.count)
    }

    /// As ``GuardRails`` has it: the same in every region, because every map has all access points.
    private func passesRails(_ build: Build, _ catalog: Catalog, _ board: OfferBoard) -> Bool {
        var held = Words(repeating: 0, count: board.live.count)
        var changed = Dictionary(
            build.rows.map { ($0.point, $0.files) },
            uniquingKeysWith: { first, _ in first }
        )
        for point in points.indices {
            let row = changed.removeValue(forKey: point) ?? board.rows[point]
            for index in held.indices { held[index] |= row[index] }
        }
        let new = (
            points: Set(points.indices.filter { rows[$0]?.heldCount ?? 0 > 0 }),
            pathCount: catalog.ids.count { catalog.isLive($0) },
            heldPathCount: held.memberCount
        )
        defer { if published == nil { published = new } }
        guard let old = published else { return true }
        let limit = rails.lossLimitPercent
        for (before, after) in [
            (old.pathCount, new.pathCount), (old.heldPathCount, new.heldPathCount),
            (old.points.count, new.points.count),
        ] where after < before && (before - after) * 100 > before * limit {
            return false
        }
        let lost = lostMirrors(from: old.points, to: new.points)
        guard lost.lost <= 1 || lost.lost * 100 <= lost.all * rails.exclusionLimitPercent else {
            return false
        }
        published = new
        return true
    }

    private func lostMirrors(from old: Set<Int>, to new: Set<Int>) -> (lost: Int, all: Int) {
        var numbers: [AccessPoint.ID: Int] = [:]
        for (number, point) in points.enumerated() { numbers[point.id] = number }
        var lost = 0
        var all = 0
        for mirror in mirrors {
            let own = mirror.accessPoints.compactMap { numbers[$0.id] }
            guard own.contains(where: old.contains) else { continue }
            all += 1
            if !own.contains(where: new.contains) { lost += 1 }
        }
        return (lost, all)
    }
}
