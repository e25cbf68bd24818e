import Bytes
import FunctionRuntime
import JSON
import Linux
import Mirrors
package import ObjectStorage
package import Redirection
import Synchronization
package import Time

/// Watches the map and the health of one region, and makes snapshots of them.
///
/// An unchanged blob costs one `stat(2)`. An unusable version is logged once, and the last good
/// state stays.
package final class SnapshotLoader: Sendable {
    /// The key of the map.
    let mapKey: BlobKey
    private let state: Mutex<State>

    package convenience init(
        _ settings: RedirectorSettings,
        metrics: Metrics
    ) throws(StorageError) {
        try self.init(settings, blobs: LocalBlobs(settings), metrics: metrics)
    }

    /// Loads from `blobs`, which must be those that `settings` name.
    init(
        _ settings: RedirectorSettings,
        blobs: LocalBlobs,
        metrics: Metrics
    ) throws(StorageError) {
        mapKey = try BlobKey(BlobName.map(of: settings.region))
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

    /// The blobs to fetch in order to update it.
    var keys: [BlobKey] { [mapKey] + healthKeys }

    /// The keys of health, which all regions share: the authoritative blob, and the one of version
    /// 0.1.0 if the former is missing or old.
    var healthKeys: [BlobKey] {
        state.withLock { state in
            let keys = state.health.keys
            return state.health.needsOlder(at: .now) ? keys : Array(keys.prefix(1))
        }
    }

    /// The health of version 0.1.0, if the authoritative blob is missing or old.
    var olderHealthKeys: [BlobKey] { Array(healthKeys.dropFirst()) }

    /// The blobs to fetch first, while nothing is known: most stores have no health of version
    /// 0.1.0, and requesting it takes a connection.
    var firstKeys: [BlobKey] { [mapKey] + healthKeys.prefix(1) }

    /// True on the first call only.
    func beginsToLook() -> Bool {
        state.withLock { state in
            defer { state.hasLooked = true }
            return !state.hasLooked
        }
    }

    /// Reads the local files, and returns the newest snapshot if it changed.
    ///
    /// Nothing is fetched; ``LocalBlobs/fetch(_:fetched:)`` does that.
    ///
    /// `now` determines the age of health. `verifying` is whether to read a new map completely to
    /// check its CRC: always in a server, never in a program that answers a single request.
    /// `isSettled` is whether a missing map is really missing, rather than still being fetched.
    package func refresh(
        now: Timestamp,
        verifying: Bool = true,
        isSettled: Bool = true
    ) -> Snapshot? {
        state.withLock { $0.refresh(now: now, verifying: verifying, isSettled: isSettled) }
    }
}

/// What was seen in storage so far.
private struct State {
    let store: FileStore
    let cache: CachedBlobs?
    let mapKey: BlobKey
    var health: HealthFiles
    let metrics: Metrics

    private var snapshot: Snapshot?
    private var mapVersion: FileVersion?
    /// The version that could not be read, which is logged once.
    private var unreadableVersion: FileVersion?
    private var wasMapMissing = false
    var hasLooked = false

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

    mutating func refresh(now: Timestamp, verifying: Bool, isSettled: Bool) -> Snapshot? {
        let (isHealthNew, failures) = health.refresh(now: now)
        for (key, reason) in failures {
            metrics.countHealthError()
            Log.error("health unusable, last good one kept", ["key": key, "reason": reason])
            discardCopy(of: key, health.version(of: key))
        }
        let current = health.current(at: now)
        if let map = newMap(copying: verifying, isSettled) {
            do {
                let fresh = try Snapshot(
                    map: map,
                    verifying: verifying,
                    health: current,
                    // A program that answers a single request reports no metrics.
                    countedBy: verifying ? metrics : nil
                )
                snapshot = fresh
                noteLoaded(fresh, verifying: verifying)
                return fresh
            } catch {
                metrics.countMapError()
                Log.error(
                    "map unusable, last good one kept",
                    ["key": mapKey, "reason": error]
                )
                discardCopy(of: mapKey, mapVersion)
                // The fault was logged already. That there is no copy until the next fetch is not
                // another one.
                wasMapMissing = cache != nil
            }
        }
        guard let old = snapshot else { return nil }
        let counts = current?.countsAvailability ?? false
        guard isHealthNew || counts != (old.healthCheckedAt != nil) else { return nil }
        if !counts {
            Log.warning("health expired", ["hint": "every access point counts as up"])
        }
        let fresh = old.with(current)
        snapshot = fresh
        return fresh
    }

    private func noteLoaded(_ snapshot: Snapshot, verifying: Bool) {
        guard Log.isWritten(verifying ? .info : .debug) else { return }
        let fields: KeyValuePairs<String, Any?> = [
            "key": mapKey, "generation": snapshot.generation, "paths": snapshot.pathCount,
            "accessPoints": snapshot.table.entries.count, "up": snapshot.table.upCount,
        ]
        // A program that answers a single request would log it with every request.
        if verifying {
            Log.info("map loaded", fields)
        } else {
            Log.debug("map loaded", fields)
        }
    }

    /// The remedy if the map's name is not a region's.
    private var regionHint: String? {
        let region = mapKey.text.dropFirst(BlobName.maps.utf8.count).dropLast(".map".utf8.count)
        var known = Regions.continents.all.map(\.id)
        if let key = try? BlobKey(BlobName.regions), let blob = try? store.get(key),
            let json = try? JSONValue(parsing: blob.bytes), let regions = try? Regions(json: json)
        {
            known = regions.all.map(\.id)
        }
        guard !known.contains(String(region)) else { return nil }
        if let meant = Spelling.nearest(to: String(region), among: known) {
            return "REGION: no region is called \(region); is \(meant) meant?"
        }
        return "REGION: no region is called \(region); known are \(known.joined(separator: ", "))"
    }

    /// The map's bytes if they are another version than the last one read.
    ///
    /// A server copies them and verifies the copy once; a program that answers a single request
    /// maps them.
    private mutating func newMap(copying: Bool, _ isSettled: Bool) -> StableBytes? {
        let path = store.path(of: mapKey)
        guard let current = FileVersion(ofFileAt: path) else {
            guard isSettled else { return nil }
            if !wasMapMissing {
                Log.warning("no map", ["key": mapKey, "hint": regionHint])
            }
            wasMapMissing = true
            return nil
        }
        wasMapMissing = false
        guard current != mapVersion else { return nil }
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
            // The reason may pass, such as a lack of descriptors: the next look reads it again.
            guard current != unreadableVersion else { return nil }
            unreadableVersion = current
            metrics.countMapError()
            Log.error("map unreadable", ["key": mapKey, "reason": error])
            return nil
        }
    }

    /// Discards a damaged copy, so that it is fetched again.
    ///
    /// Does nothing if storage is read directly, or if the copy has been replaced since it was
    /// read.
    private func discardCopy(of key: BlobKey, _ version: FileVersion?) {
        guard let cache, FileVersion(ofFileAt: store.path(of: key)) == version else { return }
        do {
            try cache.discard(key)
        } catch {
            Log.error("damaged copy not removed", ["key": key, "reason": error])
        }
    }
}
