import MapBuilding
import MirrorCommands
import Mirrors
import ObjectStorage
import Time

/// Builder's modules, for `--dry-run`: a build over another list of mirrors that writes nothing.
struct DryRunBuild: MapForecasting {
    let store: any BlobStore
    let now: Timestamp
    let maximumAge: Int64
    let removedSeconds: Int64

    func changes(with list: MirrorList) throws -> [MapChange] {
        var settings = MapPublication.Settings()
        settings.maximumAge = maximumAge
        settings.removedSeconds = removedSeconds
        return try MapPublication(store: store, settings: settings, now: now)
            .forecast(with: list).regions.map { id, outcome in
                guard case .previewed(_, let difference, let refusal) = outcome else {
                    return MapChange(region: id)
                }
                return MapChange(
                    region: id,
                    gained: difference.accessPoints.gained,
                    lost: difference.accessPoints.lost,
                    lostPathCount: difference.paths?.heldLostCount ?? 0,
                    movedPercent: difference.paths?.movedPercent ?? 0,
                    refusal: refusal.map { "\($0)" }
                )
            }
    }
}
