import Bytes
import Catalogs
import CheckStates
import HealthFormat
import MapBuilding
import Mirrors
import Redirection
import RegionMapFormat
import Time

/// The maps of the seven continents, as the Builder makes them and the Redirector opens them: every
/// mirror holds every file, and there are no measured times.
struct RegionMaps {
    let paths: [[UInt8]]
    private let mirrors: [Mirror]
    private var snapshots: [Region.ID: Snapshot] = [:]
    /// For each region, the mirror of each access point, in the map's order.
    private var mirrorByIndex: [Region.ID: [Int]] = [:]

    private static let now = Timestamp(secondsSinceEpoch: 1_795_362_420)

    init(of mirrors: [Mirror], pathCount: Int) throws {
        self.mirrors = mirrors
        let now = Self.now
        var catalog = Catalog(generation: 1)
        for number in 0..<pathCount {
            catalog.append(
                ExpectedFile(
                    path: TreePath("distfiles/\(number).tar.xz"),
                    kind: .file,
                    byteCount: 1_000_000,
                    modified: now,
                    firstSeen: now,
                    changedIn: 1
                )
            )
        }
        paths = catalog.ids.map { catalog.path(of: $0).bytes }
        var holders = HolderTable(catalog)
        var rows: [AccessPoint.ID: HolderTable.Row] = [:]
        var positions: [Mirror.ID: Int] = [:]
        for (index, mirror) in mirrors.enumerated() {
            positions[mirror.id] = index
            for point in mirror.accessPoints {
                var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
                for id in catalog.ids {
                    state[id] = Observation(
                        outcome: .present,
                        isConfirmed: true,
                        observedAt: now,
                        askedAt: now,
                        generation: 1
                    )
                }
                rows[point.id] = holders.add(state, rules: mirror.rules, now: now, maximumAge: 0)
            }
        }
        for region in Regions.continents.all {
            let build = RegionMapBuild(region: region, mirrors: mirrors, rows: rows)
            mirrorByIndex[region.id] = build.ranked.map { positions[$0.mirror.id] ?? 0 }
            let bytes = try build.map(of: catalog, holders: holders, builtAt: now)
            snapshots[region.id] = try Snapshot(
                map: StableBytes(copying: bytes),
                verifying: true,
                health: nil
            )
        }
    }

    /// The mirror to which the Redirector of a region sends a client, or nil for the fallback.
    func choice(
        of client: Client,
        in region: Region.ID?,
        path: Int,
        _ selection: inout Selection
    ) -> Int? {
        guard let region, let snapshot = snapshots[region] else { return nil }
        let isKnown = snapshot.select(
            path: paths[path],
            for: client,
            limit: 1,
            into: &selection
        )
        guard isKnown, !selection.isEmpty else { return nil }
        return mirrorByIndex[region]?[selection.accessPoint(at: 0)]
    }

    /// These maps with the mirrors in `down` known to be down.
    func with(down: Set<Int>) throws -> RegionMaps {
        var health = Health()
        health.writtenAt = Self.now
        health.probedAt = Self.now
        for point in down.flatMap({ mirrors[$0].accessPoints }) {
            health.statuses[point.id] = Health.Status(
                outage: .refused,
                since: Self.now,
                checkedAt: Self.now
            )
        }
        let current = CurrentHealth(
            try HealthReport(StableBytes(copying: health.encoded())),
            seenAt: Self.now,
            at: Self.now,
            maximumAge: 3600
        )
        var maps = self
        maps.snapshots = snapshots.mapValues { $0.with(current) }
        return maps
    }
}
