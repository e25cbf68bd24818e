import Bytes
import Glibc

/// Copies of blobs from slow storage in a folder, from where programs map them.
///
/// A copy is replaced with `rename(2)`, so processes that have mapped the old one keep it. Its
/// entity tag is in a file beside it, with the identity of the copy that it belongs to; a tag of
/// another copy, left by a crash between two renames, is ignored. Validating the bytes is up to the
/// reader: for a damaged copy it calls `discard(_:)` and `refresh(_:)`.
///
/// Several processes share the copies. While one fetches a blob, the others wait for it and use the
/// result.
package struct CachedBlobs: Sendable {
    /// Fetches blobs, and reports each result as soon as it is known.
    ///
    /// `fetched` is called at most once for each order, on this thread. Throws for orders without a
    /// result.
    package typealias Fetch =
        @Sendable (
            _ orders: [FetchOrder],
            _ fetched: (BlobKey, Result<FetchOutcome, StorageError>) -> Void
        ) throws(StorageError) -> Void

    /// The copies, under their keys.
    package let copies: FileStore
    private let fetch: Fetch

    /// Keeps copies in `cacheFolder`, separated by origin.
    ///
    /// `origin` identifies the storage: `STORAGE_URL`, and `S3_ENDPOINT` if set.
    package init(cacheFolder: String, origin: String, fetch: @escaping Fetch) {
        // The folder is often a shared one for temporary files: another user's redirector keeps
        // separate copies, and existing files under this name must be ours.
        copies = FileStore(
            folder: "\(cacheFolder)/redirector-\(geteuid())-\(Self.fingerprint(origin.utf8))",
            ownership: .thisUser,
            isDurable: false
        )
        self.fetch = fetch
    }

    /// When the copy of `key` was last known to be current, in seconds since 1970; nil if there is
    /// none.
    package func validatedAt(_ key: BlobKey) -> Int64? {
        guard tag(of: key) != nil, let tagKey = try? tagKey(of: key) else { return nil }
        return File.status(of: copies.path(of: tagKey)).map { Int64($0.st_mtim.tv_sec) }
    }

    /// The version of the copy of `key`; nil if there is no copy, or its version is unknown.
    package func tag(of key: BlobKey) -> EntityTag? {
        guard let tagKey = try? tagKey(of: key), let bytes = (try? copies.get(tagKey))?.bytes,
            let identity = try? copies.file(of: key)?.entityTag().text
        else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 2, lines[1] == identity else { return nil }
        return EntityTag(String(lines[0]))
    }

    /// Updates the copy of `key`; blocks until that is done.
    ///
    /// If the blob is gone from storage, the copy stays; it also stays if this throws.
    package func refresh(_ key: BlobKey) throws(StorageError) -> FetchOutcome {
        var result: Result<FetchOutcome, StorageError>?
        refresh([key]) { result = $1 }
        guard let result else { throw Self.noResult(of: key) }
        return try result.get()
    }

    /// Updates the copies of `keys`, all concurrently.
    ///
    /// `refreshed` is called once for each key, as soon as its copy is final. Without `isJoining`,
    /// a key that another process is fetching is reported as unchanged.
    package func refresh(
        _ keys: [BlobKey],
        isJoining: Bool = true,
        refreshed: (BlobKey, Result<FetchOutcome, StorageError>) -> Void
    ) {
        var orders: [BlobKey: FetchOrder] = [:]
        var locks: [BlobKey: FileLock] = [:]
        // All processes lock in the same order, which prevents deadlocks.
        for key in Set(keys).sorted() {
            do throws(StorageError) {
                let before = tag(of: key)
                try copies.makePrivateFolder()
                // Locking also creates the folder for the copy.
                let patience = isJoining ? Self.joiningPatience : .zero
                guard let file = try copies.locking(key, within: patience) else {
                    refreshed(key, isJoining ? .failure(Self.tooSlow(key)) : .success(.unchanged))
                    continue
                }
                let lock = FileLock(file)
                let current = tag(of: key)
                if let current, current != before {
                    refreshed(key, .success(.changed(current)))
                } else {
                    let file = copies.neighbour(of: key, suffix: "new")
                    orders[key] = FetchOrder(key: key, file: file, tag: current)
                    locks[key] = lock
                }
            } catch {
                refreshed(key, .failure(error))
            }
        }
        guard !orders.isEmpty else { return }
        var hasChanged = false
        var failure: StorageError?
        do throws(StorageError) {
            try fetch(orders.values.sorted { $0.key < $1.key }) { key, result in
                guard let order = orders.removeValue(forKey: key) else { return }
                if case .success(.changed) = result { hasChanged = true }
                refreshed(key, result.flatMap { take($0, of: order) })
                locks[key] = nil
            }
        } catch {
            failure = error
        }
        for key in orders.keys.sorted() {
            refreshed(key, .failure(failure ?? Self.noResult(of: key)))
        }
        if hasChanged { _ = try? copies.removeTemporaryFiles(olderThan: 3600, now: Lease.now()) }
    }

    /// How long to wait for a fetch by another process: a little longer than one may take.
    private static let joiningPatience = Duration.seconds(100)

    private static func tooSlow(_ key: BlobKey) -> StorageError {
        .unavailable(
            operation: "fetch \(key)",
            reason: "another process has been at it for \(joiningPatience.components.seconds) s",
            attempts: 1
        )
    }

    private static func noResult(of key: BlobKey) -> StorageError {
        .unavailable(operation: "fetch \(key)", reason: "nothing was said of it", attempts: 1)
    }

    /// Replaces the copy by what was fetched.
    private func take(
        _ outcome: FetchOutcome,
        of order: FetchOrder
    ) -> Result<FetchOutcome, StorageError> {
        let key = order.key
        do throws(StorageError) {
            let tagKey = try tagKey(of: key)
            switch outcome {
            case .absent: break
            case .unchanged: _ = unsafe utimensat(AT_FDCWD, copies.path(of: tagKey), nil, 0)
            case .changed(let tag):
                guard unsafe rename(order.file, copies.path(of: key)) == 0 else {
                    throw .lastError("rename to", copies.path(of: key))
                }
                let identity = try copies.file(of: key)?.entityTag().text ?? ""
                try copies.put(tagKey, Array("\(tag.text)\n\(identity)\n".utf8))
            }
            return .success(outcome)
        } catch {
            return .failure(error)
        }
    }

    /// Discards the copy of `key`; the next refresh fetches it again.
    ///
    /// If the same bytes of the same version were discarded within the last hour, they are damaged
    /// in storage: they stay, so that they are not fetched again on every look.
    package func discard(_ key: BlobKey) throws(StorageError) {
        if let tag = tag(of: key), let bytes = try copies.get(key)?.bytes {
            let discarded = Array("\(tag.text)\n\(Self.fingerprint(bytes))\n".utf8)
            let markKey = try BlobKey("\(key.text).discarded")
            if let mark = try copies.get(markKey), mark.bytes == discarded,
                let time = File.status(of: copies.path(of: markKey))?.st_mtim.tv_sec,
                Int64(time) > Lease.now() - Self.secondsOfAVerdict
            {
                return
            }
            try copies.put(markKey, discarded)
        }
        try copies.delete(tagKey(of: key))
        try copies.delete(key)
    }

    private static let secondsOfAVerdict: Int64 = 3600

    private static func fingerprint(_ bytes: some Sequence<UInt8>) -> String {
        String(FNV1a.hash(bytes), radix: 36)
    }

    private func tagKey(of key: BlobKey) throws(StorageError) -> BlobKey {
        try BlobKey("\(key.text).tag")
    }
}

/// A blob to fetch into the new file `file`, unless it is still the version `tag`.
package struct FetchOrder: Equatable, Sendable {
    package let key: BlobKey
    package let file: String
    package let tag: EntityTag?

    package init(key: BlobKey, file: String, tag: EntityTag?) {
        self.key = key
        self.file = file
        self.tag = tag
    }
}

/// The lock of a copy, released at deinitialisation.
private final class FileLock {
    private let file: File

    init(_ file: consuming File) {
        self.file = file
    }
}

/// The result of fetching a blob.
package enum FetchOutcome: Equatable, Sendable {
    case changed(EntityTag)
    case unchanged
    case absent
}

extension FileStore {
    /// A file beside that of `key` that is not a blob.
    fileprivate func neighbour(of key: BlobKey, suffix: String) -> String {
        let target = path(of: key)
        let name = target.split(separator: "/").last ?? ""
        return "\(target.dropLast(name.count)).\(name).\(suffix)"
    }

    /// Waits for the lock of `key`, which is released with the returned value.
    ///
    /// Nil if another process has it for longer than `patience`.
    fileprivate func locking(
        _ key: BlobKey,
        within patience: Duration
    ) throws(StorageError) -> File? {
        let path = neighbour(of: key, suffix: "lock")
        if let slash = path.lastIndex(of: "/") { try makeFolders(to: String(path[..<slash])) }
        return try File.locking(path, within: patience)
    }

    /// Creates the folder with access for this user only, and refuses one that belongs to somebody
    /// else.
    ///
    /// In a folder for temporary files, anybody may have created it before.
    fileprivate func makePrivateFolder() throws(StorageError) {
        if unsafe mkdir(folder, 0o700) != 0, errno == ENOENT, let slash = folder.lastIndex(of: "/")
        {
            try makeFolders(to: String(folder[..<slash]))
            _ = unsafe mkdir(folder, 0o700)
        }
        var status = stat()
        guard unsafe lstat(folder, &status) == 0 else {
            throw .lastError("create the folder", folder)
        }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & 0o022 == 0
        else {
            throw .system(
                operation: "cache in",
                path: folder,
                reason: "others can write there; remove it, or set CACHE_DIR to another folder"
            )
        }
    }
}
