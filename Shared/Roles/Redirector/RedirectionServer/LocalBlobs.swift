import FunctionRuntime
import HealthFormat
import ObjectStorage

/// Where blobs are read from: the folder that is the storage, or the one with copies of a bucket's.
struct LocalBlobs: Sendable {
    let store: FileStore
    /// Nil where storage is a folder, which needs no copies.
    let cache: CachedBlobs?

    init(_ settings: RedirectorSettings) throws(StorageError) {
        switch try StorageURL(settings.storageURL) {
        case .folder(let folder):
            store = FileStore(folder: folder)
            cache = nil
        case .bucket:
            let program = FetchProgram(
                path: settings.storageProgram ?? FetchProgram.besideThisProgram
            )
            let cache = CachedBlobs(
                cacheFolder: settings.cacheFolder,
                origin: "\(settings.storageURL) \(settings.storageEndpoint)",
                fetch: program.fetch
            )
            store = cache.copies
            self.cache = cache
        }
    }

    /// Brings the copies of `keys` up to date, side by side, and calls `fetched` with each that
    /// changed; blocks for as long as that takes, for minutes at worst.
    ///
    /// What fails is logged, and the copies stay. One that does not join leaves what another
    /// process is fetching to that one.
    func fetch(_ keys: [BlobKey], isJoining: Bool = true, fetched: (BlobKey) -> Void = { _ in }) {
        cache?.refresh(keys, isJoining: isJoining) { key, result in
            log(result, of: key)
            if case .success(.changed) = result { fetched(key) }
        }
    }

    /// Says what an administrator wants to know of it.
    func log(_ result: Result<FetchOutcome, StorageError>, of key: BlobKey) {
        switch result {
        case .success(.changed), .success(.unchanged): break
        case .success(.absent): Log.debug("blob absent", ["key": key])
        case .failure(let error):
            Log.warning(
                "storage unavailable, copy kept",
                ["key": key, "reason": error]
            )
        }
    }

    /// When the copy of `keys` that was validated longest ago was, in seconds since 1970; nil when
    /// one is missing.
    ///
    /// Health may be a blob or that of 0.1.0: one of the two is enough.
    func validatedAt(_ keys: [BlobKey]) -> Int64? {
        guard let cache else { return nil }
        var oldest: Int64?
        var health: Int64?
        for key in keys {
            let time = cache.validatedAt(key)
            if key.text == Health.key || key.text == Health.jsonKey {
                health = max(health ?? .min, time ?? .min)
                continue
            }
            guard let time else { return nil }
            oldest = min(oldest ?? time, time)
        }
        if health == .min { return nil }
        return [oldest, health].compactMap { $0 }.min()
    }
}
