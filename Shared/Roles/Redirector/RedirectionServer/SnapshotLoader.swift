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
    private let mapKey: BlobKey

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
        mapKey = try BlobKey("maps/\(settings.region).map")
        cache = blobs.cache
        state = Mutex(
            State(
                store: blobs.store,
                cache: blobs.cache,
                mapKey: mapKey,
                health: try HealthFiles(
                    in: blobs.store,
                    maximumAge: Int64(settings.healthMaxAgeSeconds)
                ),
                metrics: metrics
            )
        )
    }

    /// Whether blobs are fetched from afar, so that ``fetch()`` does something.
    package var isRemote: Bool { cache != nil }

    /// The age of the copy that was validated longest ago, in seconds; nil when one is missing.
    package func ageOfCopies(now: Timestamp) -> Int64? {
        let healthKeys = state.withLock { $0.health.keys }
        guard let cache, let map = cache.validatedAt(mapKey),
            let health = healthKeys.lazy.compactMap(cache.validatedAt).first
        else { return nil }
        return now.seconds(since: Timestamp(secondsSinceEpoch: min(map, health)))
    }

    /// Brings the copies up to date; blocks for as long as that takes, for minutes at worst.
    ///
    /// What fails is logged, and the copies stay.
    package func fetch() {
        guard let cache else { return }
        fetch(mapKey, into: cache)
        let (keys, needsAll) = state.withLock { ($0.health.keys, $0.health.needsOlder(at: .now)) }
        for key in keys {
            let isThere = fetch(key, into: cache)
            if isThere, !needsAll { break }
        }
    }

    /// Brings one copy up to date; false where the blob is not in storage.
    @discardableResult
    private func fetch(_ key: BlobKey, into cache: CachedBlobs) -> Bool {
        do {
            if case .absent = try cache.refresh(key) {
                Log.debug("not in storage", ["key": key])
                return false
            }
        } catch {
            Log.warning("storage cannot be asked, the copy stays", ["key": key, "reason": error])
        }
        return true
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
    var health: HealthFiles
    let metrics: Metrics

    private var snapshot: Snapshot?
    private var mapVersion: FileVersion?
    private var wasMapMissing = false

    init(
        store: FileStore,
        cache: CachedBlobs?,
        mapKey: BlobKey,
        health: HealthFiles,
        metrics: Metrics
    ) {
        self.store = store
        self.cache = cache
        self.mapKey = mapKey
        self.health = health
        self.metrics = metrics
    }

    mutating func refresh(now: Timestamp, verifying: Bool) -> Snapshot? {
        let (isHealthNew, failures) = health.refresh(now: now)
        for (key, reason) in failures {
            metrics.countHealthError()
            Log.error("health not usable, the last good one stays", ["key": key, "reason": reason])
            discardCopy(of: key)
        }
        let current = health.current(at: now)
        if let map = newMap(copying: verifying) {
            do {
                let fresh = try Snapshot(
                    map: map,
                    verifying: verifying,
                    health: current,
                    // A program that answers once is asked for no figures.
                    countedBy: verifying ? metrics : nil
                )
                snapshot = fresh
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
        guard let old = snapshot else { return nil }
        let counts = current?.countsAvailability ?? false
        guard isHealthNew || counts != (old.healthCheckedAt != nil) else { return nil }
        if !counts { Log.warning("health is too old, every access point counts as up") }
        let fresh = old.with(current)
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

    /// A copy that was damaged here is fetched again; nothing where storage is read directly.
    private func discardCopy(of key: BlobKey) {
        do {
            try cache?.discard(key)
        } catch {
            Log.error("a damaged copy cannot be removed", ["key": key, "reason": error])
        }
    }
}
