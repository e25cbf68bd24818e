import Catalogs
import CheckStates
import Linux
import MirrorStorage
import Mirrors
import ObjectStorage
import Time

/// Writes what a checker would know after a week about a store's catalog and mirrors.
///
/// Every file was asked for once in that week, each at its own time. Every fourth mirror lacks one
/// file in a hundred, each mirror different ones.
struct StateFill {
    let store: FileStore

    private static let weekSeconds: UInt64 = 6 * 86_400

    func run() throws {
        let catalogs = CatalogStore(store)
        let catalog = try catalogs.newest()
        let points = try store.mirrors().enumerated().flatMap { number, mirror in
            mirror.accessPoints.map { (number, $0) }
        }
        for (number, point) in points {
            let state = state(of: point, of: catalog, mirror: UInt64(number))
            try store.put(BlobKey(CheckState.key(of: point.id)), state.encoded())
        }
    }

    private func state(of point: AccessPoint, of catalog: Catalog, mirror: UInt64) -> CheckState {
        let now = Timestamp.now
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        state.beganAt = now.advanced(bySeconds: -30 * 86_400)
        state.memory.served.sampledUntil = now
        state.memory.served.guardedAt = now
        for id in catalog.ids {
            var hash = UInt64(id.rawValue) &+ mirror << 32
            hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
            hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
            hash ^= hash >> 31
            let isAbsent = mirror % 4 == 0 && hash % 100 == 0
            let age = Int64((hash >> 8) % Self.weekSeconds)
            // Proofs are dated to the hour.
            let seconds = now.advanced(bySeconds: -age).secondsSinceEpoch
            let time = Timestamp(secondsSinceEpoch: seconds - seconds % 3_600)
            state[id] = Observation(
                outcome: isAbsent ? .absent : .present,
                isConfirmed: true,
                observedAt: time,
                askedAt: time,
                generation: catalog.generation,
                failures: isAbsent ? 3 : 0
            )
        }
        return state
    }
}
