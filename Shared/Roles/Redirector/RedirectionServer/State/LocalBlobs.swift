import FunctionRuntime
import HealthFormat
import ObjectStorage

/// Where blobs are read from: the storage folder itself, or the folder with copies from a bucket.
struct LocalBlobs: Sendable {
    let store: FileStore
    /// Nil if storage is a folder, which needs no copies.
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

    /// Updates the copies of `keys` concurrently, and calls `fetched` for each that changed.
    ///
    /// Blocks until all are done, minutes at worst.
    ///
    /// Failures are logged, and the copies stay. Without `isJoining`, blobs that another process is
    /// fetching are left to that process.
    func fetch(_ keys: [BlobKey], isJoining: Bool = true, fetched: (BlobKey) -> Void = { _ in }) {
        cache?.refresh(keys, isJoining: isJoining) { key, result in
            log(result, of: key)
            if case .success(.changed) = result { fetched(key) }
        }
    }

    /// Logs a fetch as far as an administrator needs to know.
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

    /// When the least recently validated copy of `keys` was validated, in seconds since 1970; nil
    /// if one is missing.
    ///
    /// For health, either the blob or that of version 0.1.0 suffices.
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
