import Catalogs
import CheckStates
import MapBuilding
import Mirrors
import Time

/// The Builder: makes rows of maps from check states, with the Builder's own rule and ranking,
/// without the bytes.
///
/// Only states that changed are read again, and all of them once an hour, because proofs grow old.
/// Orders are renewed every two hours.
final class MapBoard {
    /// A state, and the number of its version; an object, since a build looks at all of them.
    final class VersionedState: Sendable {
        let state: CheckState
        let version: Int
        /// Whether the state is about files; a build need not touch the state to know.
        let hasFiles: Bool

        init(state: CheckState, version: Int) {
            hasFiles = state.count > 0
            self.state = state
            self.version = version
        }
    }

    private let mirrors: [Mirror]
    private let points: [AccessPoint]
    private let rules: [MirrorRules]
    private let regions: Regions
    private let classes: FileClasses
    private let maximumAge: Int64
    private let numbersByID: [AccessPoint.ID: Int]
    private let rails = GuardRails()

    /// A table without rows: each build adds states to copies of its own.
    private var emptyTable: HolderTable
    private var generation: UInt32 = 0
    private var seenVersions: [Int]
    private var rows: [HolderTable.Row?]
    private var fullLookAt = -PathTable.never
    private var rankedAt = -PathTable.never
    private var rankedPoints: Set<AccessPoint.ID> = []
    /// The contents of the last published maps: the access points in them, and the paths.
    private var published: (points: Set<Int>, pathCount: Int)?
    private var publishedGeneration: UInt32 = 0
    /// The number of times that a guard rail kept maps from being published.
    private(set) var refusedCount = 0

    /// The changes of a build.
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
        numbersByID = Dictionary(
            zip(points.map(\.id), points.indices),
            uniquingKeysWith: { first, _ in first }
        )
        rules = points.map { rulesByID[$0.id] ?? .none }
        emptyTable = HolderTable(Catalog())
        seenVersions = Array(repeating: -1, count: points.count)
        rows = Array(repeating: nil, count: points.count)
    }

    /// Builds what has changed; nil if nothing has, or if a guard rail refuses it.
    ///
    /// `states` has one for each access point; `board` has the rows of the last build.
    func build(
        of catalog: Catalog,
        states: [VersionedState?],
        board: OfferBoard,
        measurements: @escaping (Region.ID) -> [AccessPoint.ID: Measurements],
        at time: Int,
        now: Timestamp
    ) -> Build? {
        let isNew = catalog.generation != generation
        if isNew {
            emptyTable = HolderTable(
                catalog,
                classes: classes,
                removedSeconds: MapPublication.Settings().removedSeconds
            )
            generation = catalog.generation
        }
        let looksAtAll = isNew || time - fullLookAt >= SimulatedTime.hour
        if looksAtAll { fullLookAt = time }
        var build = Build()
        let changed = points.indices.filter { point in
            guard let current = states[point], current.hasFiles else { return false }
            return looksAtAll || current.version != seenVersions[point]
        }
        for (point, row, files) in readRows(of: changed, states, now: now) {
            seenVersions[point] = states[point]?.version ?? -1
            rows[point] = row
            build.rows.append((point, files))
        }
        build.rows.removeAll { Self.padded($0.files, board.live.count) == board.rows[$0.point] }
        build.rows = build.rows.map { ($0.point, Self.padded($0.files, board.live.count)) }
        let isRankingDue = time - rankedAt >= 2 * SimulatedTime.hour
        guard isNew || isRankingDue || !build.rows.isEmpty else { return nil }
        guard passesRails(build, catalog, board) else {
            refusedCount += 1
            // Refused rows are read again.
            for (point, _) in build.rows { seenVersions[point] = -1 }
            return nil
        }
        let candidates = Set(
            points.indices.filter { rows[$0]?.heldCount ?? 0 > 0 }.map { points[$0].id }
        )
        if candidates != rankedPoints || isRankingDue {
            rankedAt = time
            rankedPoints = candidates
            build.orders = orders(measurements)
        }
        return build
    }

    /// The new rows of some access points, in their order.
    private func readRows(
        of changed: [Int],
        _ states: [VersionedState?],
        now: Timestamp
    ) -> [(point: Int, row: HolderTable.Row, files: Words)] {
        guard !changed.isEmpty else { return [] }
        let shareCount = 2
        let shares = inThreads(shareCount) { [self] share in
            var table = emptyTable
            var rows: [(point: Int, row: HolderTable.Row, files: Words)] = []
            for index in stride(from: share, to: changed.count, by: shareCount) {
                let point = changed[index]
                guard let state = states[point]?.state else { continue }
                let row = table.add(state, rules: rules[point], now: now, maximumAge: maximumAge)
                rows.append((point, row, table.words(ofRow: row.index)))
            }
            return rows
        }
        return shares.flatMap(\.self).sorted { $0.point < $1.point }
    }

    private func orders(
        _ measurements: @escaping (Region.ID) -> [AccessPoint.ID: Measurements]
    ) -> [RegionMapBuild] {
        var byID: [AccessPoint.ID: HolderTable.Row] = [:]
        for (point, row) in zip(points, rows) { byID[point.id] = row }
        return orders(of: byID, measurements)
    }

    /// Each region's order of preference for the access points of some rows.
    func orders(
        of byID: [AccessPoint.ID: HolderTable.Row],
        _ measurements: @escaping (Region.ID) -> [AccessPoint.ID: Measurements]
    ) -> [RegionMapBuild] {
        let regions = regions.all
        return inThreads(regions.count) { [mirrors] number in
            let region = regions[number]
            var measured = measurements(region.id)
            for (id, row) in byID {
                guard let freshness = row.freshness else { continue }
                measured[id, default: Measurements()].lagMinutes = freshness.lagMinutes
            }
            return RegionMapBuild(
                region: region,
                mirrors: mirrors,
                rows: byID,
                measurements: measured
            )
        }
    }

    private static func padded(_ words: Words, _ count: Int) -> Words {
        words.count >= count ? words : words + Words(repeating: 0, count: count - words.count)
    }

    /// As in ``GuardRails``: the same in every region, because every map has all access points.
    private func passesRails(_ build: Build, _ catalog: Catalog, _ board: OfferBoard) -> Bool {
        var newRows = board.rows
        for (point, files) in build.rows { newRows[point] = files }
        let new = (
            points: Set(points.indices.filter { rows[$0]?.heldCount ?? 0 > 0 }),
            pathCount: catalog.ids.count { catalog.isLive($0) }
        )
        let old = published ?? new
        let losses = [
            GuardRails.Loss(from: old.pathCount, to: new.pathCount),
            heldPathLoss(to: newRows, catalog, board),
            pointLoss(from: old.points, to: new.points),
        ]
        guard !losses.contains(where: rails.isTooMuch) else { return false }
        let lost = lostMirrors(from: old.points, to: new.points)
        guard lost.lost <= 1 || lost.lost * 100 <= lost.all * rails.exclusionLimitPercent else {
            return false
        }
        published = new
        publishedGeneration = catalog.generation
        return true
    }

    /// Paths count if they are still expected with the content of the published maps.
    private func heldPathLoss(
        to newRows: [Words],
        _ catalog: Catalog,
        _ board: OfferBoard
    ) -> GuardRails.Loss {
        var same = Words.empty(board.live.count * 64)
        for id in catalog.ids
        where catalog.isLive(id) && catalog.changedIn(id) <= publishedGeneration {
            same.set(Int(id.rawValue), true)
        }
        func held(_ rows: [Words], by isHolder: (Int) -> Bool) -> Words {
            var held = Words.empty(same.count * 64)
            for point in points.indices where isHolder(point) {
                for index in held.indices { held[index] |= rows[point][index] & same[index] }
            }
            return held
        }
        let old = held(board.rows) { _ in true }
        let new = held(newRows) { _ in true }
        let lost = zip(old, new).map { $0 & ~$1 }
        var loss = GuardRails.Loss(from: old.memberCount, to: old.memberCount - lost.memberCount)
        guard rails.isTooMuch(loss) else { return loss }
        for mirror in mirrors {
            let own = numbers(of: mirror)
            let others = held(board.rows) { !own.contains($0) }
            loss.lostAlone[mirror.id] = zip(lost, others).map { $0 & ~$1 }.memberCount
        }
        return loss
    }

    private func pointLoss(from old: Set<Int>, to new: Set<Int>) -> GuardRails.Loss {
        var loss = GuardRails.Loss(from: old.count, to: new.count)
        for mirror in mirrors {
            let own = numbers(of: mirror)
            let count = own.intersection(old).count - own.intersection(new).count
            if count > 0 { loss.lostAlone[mirror.id] = count }
        }
        return loss
    }

    private func numbers(of mirror: Mirror) -> Set<Int> {
        Set(mirror.accessPoints.compactMap { numbersByID[$0.id] })
    }

    private func lostMirrors(from old: Set<Int>, to new: Set<Int>) -> (lost: Int, all: Int) {
        var lost = 0
        var all = 0
        for mirror in mirrors {
            let own = numbers(of: mirror)
            guard !own.isDisjoint(with: old) else { continue }
            all += 1
            if own.isDisjoint(with: new) { lost += 1 }
        }
        return (lost, all)
    }
}
