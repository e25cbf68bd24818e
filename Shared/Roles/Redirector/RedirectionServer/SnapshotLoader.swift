import FunctionRuntime
import Mirrors
package import ObjectStorage
package import Redirection
import Synchronization
package import Time

/// Watches the map and the health of one region, and makes snapshots of what is usable.
///
/// Unchanged blobs cost one `stat(2)` each. What cannot be used is logged once per version and leaves
/// the last good state in place.
package final class SnapshotLoader: Sendable {
    private let state: Mutex<State>
    /// Nil where storage is a folder, which needs no copies.
    private let cache: CachedBlobs?
    private let keys: [BlobKey]

    package convenience init(
        _ settings: RedirectorSettings,
        metrics: Metrics
    ) throws(StorageError) {
        try self.init(settings, blobs: LocalBlobs(settings), metrics: metrics)
    }

    /// Loads from `blobs`, which are those that `settings` name.
    init(
        _ settings: RedirectorSettings,
        blobs: LocalBlobs,
        metrics: Metrics
    ) throws(StorageError) {
        let mapKey = try BlobKey("maps/\(settings.region).map")
        let healthKey = try BlobKey("health.json")
        cache = blobs.cache
        keys = [mapKey, healthKey]
        state = Mutex(
            State(
                store: blobs.store,
                cache: blobs.cache,
                mapKey: mapKey,
                healthKey: healthKey,
                healthMaxAge: Int64(settings.healthMaxAgeSeconds),
                metrics: metrics
            )
        )
    }

    /// Whether blobs are fetched from afar, so that ``fetch()`` does something.
    package var isRemote: Bool { cache != nil }

    /// The age of the copy that was validated longest ago, in seconds; nil when one is missing.
    package func ageOfCopies(now: Timestamp) -> Int64? {
        var oldest = Int64.max
        for key in keys {
            guard let time = cache?.validatedAt(key) else { return nil }
            oldest = min(oldest, time)
        }
        return now.seconds(since: Timestamp(secondsSinceEpoch: oldest))
    }

    /// Brings the copies up to date; blocks for as long as that takes, for minutes at worst.
    ///
    /// What fails is logged, and the copies stay.
    package func fetch() {
        guard let cache else { return }
        for key in keys {
            do {
                if case .absent = try cache.refresh(key) {
                    Log.debug("not in storage", ["key": key])
                }
            } catch {
                Log.warning(
                    "storage cannot be asked, the copy stays",
                    ["key": key, "reason": error]
                )
            }
        }
    }

    /// Looks at storage, and returns the newest snapshot when it is another one than before.
    ///
    /// `now` judges the age of health. `verifying` is whether a new map is read whole to check its
    /// CRC: always in a server, never in a program that answers once.
    package func refresh(now: Timestamp, verifying: Bool = true) -> Snapshot? {
        state.withLock { $0.refresh(now: now, verifying: verifying) }
    }
}

/// What has been seen in storage so far.
private struct State {
    let store: FileStore
    let cache: CachedBlobs?
    let mapKey: BlobKey
    let healthKey: BlobKey
    let healthMaxAge: Int64
    let metrics: Metrics

    private var snapshot: Snapshot?
    private var mapVersion: FileVersion?
    private var wasMapMissing = false
    private var health: DownReport?
    private var healthVersion: FileVersion?
    /// The health in `snapshot`: nil there when it is missing or too old.
    private var isHealthUsed = false

    init(
        store: FileStore,
        cache: CachedBlobs?,
        mapKey: BlobKey,
        healthKey: BlobKey,
        healthMaxAge: Int64,
        metrics: Metrics
    ) {
        self.store = store
        self.cache = cache
        self.mapKey = mapKey
        self.healthKey = healthKey
        self.healthMaxAge = healthMaxAge
        self.metrics = metrics
    }

    mutating func refresh(now: Timestamp, verifying: Bool) -> Snapshot? {
        let isHealthNew = refreshHealth()
        let usable = health.flatMap { now.seconds(since: $0.checkedAt) <= healthMaxAge ? $0 : nil }
        if let map = newMap(copying: verifying) {
            do {
                let fresh = try Snapshot(
                    map: map,
                    verifying: verifying,
                    health: usable,
                    // A program that answers once is asked for no figures.
                    countedBy: verifying ? metrics : nil
                )
                snapshot = fresh
                isHealthUsed = usable != nil
                // A program that answers once would say it with every request.
                let log = verifying ? Log.info : Log.debug
                log(
                    "map loaded",
                    [
                        "key": mapKey, "generation": fresh.generation, "paths": fresh.pathCount,
                        "accessPoints": fresh.table.entries.count, "up": fresh.table.upCount,
                    ]
                )
                return fresh
            } catch {
                metrics.countMapError()
                Log.error(
                    "map not usable, the last good one stays",
                    ["key": mapKey, "reason": error]
                )
                discardCopy(of: mapKey)
            }
        }
        guard let old = snapshot, isHealthNew || isHealthUsed != (usable != nil) else { return nil }
        if usable == nil { Log.warning("health is too old, every access point counts as up") }
        isHealthUsed = usable != nil
        let fresh = old.with(usable)
        snapshot = fresh
        return fresh
    }

    /// The map's bytes when they are another version than the last one that was looked at.
    ///
    /// A server takes a copy of them, which it verifies once and then believes; a program that answers
    /// once maps them.
    private mutating func newMap(copying: Bool) -> StableBytes? {
        let path = store.path(of: mapKey)
        guard let current = FileVersion(ofFileAt: path) else {
            if !wasMapMissing { Log.warning("there is no map", ["key": mapKey]) }
            wasMapMissing = true
            return nil
        }
        wasMapMissing = false
        guard current != mapVersion else { return nil }
        mapVersion = current
        do {
            if copying {
                guard let (bytes, version) = try FileCopy.read(path, store.ownership) else {
                    return nil
                }
                mapVersion = version
                return bytes
            }
            guard let file = try MappedFile.open(path, store.ownership) else { return nil }
            mapVersion = file.version
            return file.bytes
        } catch {
            metrics.countMapError()
            Log.error("map not readable", ["key": mapKey, "reason": error])
            return nil
        }
    }

    /// Reads health if it changed; whether it did.
    private mutating func refreshHealth() -> Bool {
        let path = store.path(of: healthKey)
        guard let current = FileVersion(ofFileAt: path), current != healthVersion else {
            return false
        }
        do {
            guard let (blob, version) = try FileCopy.read(path, store.ownership) else {
                return false
            }
            healthVersion = version
            health = try DownReport(reading: Span<UInt8>(_bytes: blob.bytes))
            return true
        } catch {
            metrics.countHealthError()
            Log.error(
                "health not usable, the last good one stays",
                ["key": healthKey, "reason": error]
            )
            discardCopy(of: healthKey)
            return false
        }
    }

    /// A copy that was damaged here is fetched again; nothing where storage is read directly.
    private func discardCopy(of key: BlobKey) {
        do {
            try cache?.discard(key)
        } catch {
            Log.error("a damaged copy cannot be removed", ["key": key, "reason": error])
        }
    }
}
