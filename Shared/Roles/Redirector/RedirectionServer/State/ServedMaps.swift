import FunctionRuntime
import Linux
import ObjectStorage
import Redirection
import Time

/// The map that a server answers from, or with `REGION=auto` those of all regions.
struct ServedMaps: Sendable {
    /// What is available when the server starts.
    struct Start {
        let snapshot: Snapshot?
        let regions: RegionTable?

        /// Whether there are copies of a bucket's blobs, but none is usable.
        let isUseless: Bool

        fileprivate init(snapshot: Snapshot? = nil, regions: RegionTable? = nil, areCopies: Bool) {
            self.snapshot = snapshot
            self.regions = regions
            isUseless = areCopies && snapshot == nil && regions == nil
        }
    }

    /// Nil if there is one region.
    let regions: RegionalMaps?
    private let loader: SnapshotLoader?
    let blobs: LocalBlobs

    init(_ settings: RedirectorSettings, metrics: Metrics) throws(FunctionError) {
        do {
            blobs = try LocalBlobs(settings)
            if settings.isRegional {
                regions = RegionalMaps(settings, blobs, metrics: metrics)
                loader = nil
            } else {
                regions = nil
                loader = try SnapshotLoader(settings, blobs: blobs, metrics: metrics)
            }
        } catch {
            throw .badRequest("\(error)")
        }
    }

    /// The time since the last look at storage, in milliseconds; nil if there was none, so that
    /// something may be missing.
    ///
    /// Another process may have left copies. A folder is read by ``start(now:)``.
    func age(now: Timestamp = .now) -> Int64? {
        if blobs.cache == nil { return 0 }
        return blobs.validatedAt(keys).map { time in
            max(now.seconds(since: Timestamp(secondsSinceEpoch: time)), 0) * 1000
        }
    }

    /// Reads the local files: a storage folder, or the copies of a bucket's blobs.
    ///
    /// With several regions, no map is loaded yet. Throws if a folder's regions are unusable.
    func start(now: Timestamp = .now) throws(FunctionError) -> Start {
        let areCopies = blobs.cache != nil
        guard let regions else {
            // Without a copy nothing is known yet, which needs no warning.
            guard let loader, blobs.cache == nil || blobs.validatedAt([loader.mapKey]) != nil else {
                return Start(areCopies: areCopies)
            }
            return Start(snapshot: loader.refresh(now: now), areCopies: areCopies)
        }
        do {
            return Start(regions: try regions.open(), areCopies: areCopies)
        } catch {
            guard blobs.cache != nil else { throw error }
            Log.error("\(error)")
            return Start(areCopies: areCopies)
        }
    }

    /// The blobs to keep up to date.
    private var keys: [BlobKey] { regions?.keys ?? loader?.keys ?? [] }

    /// Looks at storage, and posts changes as soon as they are available.
    func look(_ post: (LoopMessage) -> Void) {
        if let regions {
            regions.look(post)
            return
        }
        guard let loader else { return }
        func refresh(isSettled: Bool) {
            guard let snapshot = loader.refresh(now: .now, isSettled: isSettled) else { return }
            post(.snapshot(snapshot))
        }
        let isFirst = loader.beginsToLook()
        blobs.fetch(isFirst ? loader.firstKeys : keys) { _ in refresh(isSettled: false) }
        let older = loader.olderHealthKeys
        if isFirst, !older.isEmpty { blobs.fetch(older) }
        // This includes a folder's blobs, and health that has become too old.
        refresh(isSettled: true)
    }

    /// Loads the map of a region, and if it has none, that of the default region.
    func load(region: Int, ofGuess isGuess: Bool) -> [LoopMessage] {
        regions?.load(region, ofGuess: isGuess).map { number, snapshot in
            .region(number, isGuess: isGuess, snapshot)
        } ?? []
    }
}
