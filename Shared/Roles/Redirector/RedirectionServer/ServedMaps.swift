import FunctionRuntime
import Linux
import ObjectStorage
import Redirection
import Time

/// The map that a server answers from, or with `REGION=auto` those of all regions.
struct ServedMaps: Sendable {
    /// What there is when the server starts.
    struct Start {
        let snapshot: Snapshot?
        let regions: RegionTable?

        /// Whether there are copies of a bucket's blobs, and none of them can be answered from.
        let isUseless: Bool

        fileprivate init(snapshot: Snapshot? = nil, regions: RegionTable? = nil, areCopies: Bool) {
            self.snapshot = snapshot
            self.regions = regions
            isUseless = areCopies && snapshot == nil && regions == nil
        }
    }

    /// Nil where there is one region.
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

    /// How long ago storage was looked at, in milliseconds; nil when nobody did, so that there is
    /// nothing, or not all.
    ///
    /// Another process may have, whose copies are found. A folder is looked at by ``start(now:)``.
    func age(now: Timestamp = .now) -> Int64? {
        if blobs.cache == nil { return 0 }
        return blobs.validatedAt(keys).map { time in
            max(now.seconds(since: Timestamp(secondsSinceEpoch: time)), 0) * 1000
        }
    }

    /// Reads what is on local disk, which is all of a folder, and the copies of a bucket.
    ///
    /// With several regions no map is loaded yet. A folder whose regions are not usable is an
    /// error.
    func start(now: Timestamp = .now) throws(FunctionError) -> Start {
        let areCopies = blobs.cache != nil
        guard let regions else {
            // Without a copy nothing is known yet, which is no news.
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

    /// Of everything that is kept up to date.
    private var keys: [BlobKey] { regions?.keys ?? loader?.keys ?? [] }

    /// Looks at storage, and posts what is new as soon as it is there.
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
        // Also a folder's, and health that has become too old.
        refresh(isSettled: true)
    }

    /// Loads the map of a region, and that of the default region where it has none.
    func load(region: Int, ofGuess isGuess: Bool) -> [LoopMessage] {
        regions?.load(region, ofGuess: isGuess).map { number, snapshot in
            .region(number, isGuess: isGuess, snapshot)
        } ?? []
    }
}
