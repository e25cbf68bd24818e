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
}
