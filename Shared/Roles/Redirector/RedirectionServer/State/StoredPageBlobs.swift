import Bytes
import FileDetailsFormat
import FunctionRuntime
import JSON
import Linux
import Mirrors
import ObjectStorage
import Pages
import Redirection
import Synchronization
import Time

/// What pages need from storage.
///
/// Details are mapped once for each generation. An unavailable blob is not requested again for a
/// while, so that pages stay fast while storage is down.
final class StoredPageBlobs: PageBlobs {
    /// How long a failure is remembered, and the maximum age of a copy of a bucket's blob, in
    /// seconds.
    private static let patience: Int64 = 60

    private let blobs: LocalBlobs
    private let fetches: BlobFetches
    /// The maximum wait of a page for storage, in milliseconds.
    private let storagePatience: Int64
    private let state = Mutex(State())

    private struct State {
        var details: FileDetails?
        var folderNames: FolderNames?
        /// The latest report, with the version of its file.
        var report: (region: Region.ID, version: FileVersion, content: PageReport)?
        /// The holders, with the version of their file.
        var holders: (version: FileVersion, content: Holders)?
        /// For each key, when it last failed.
        var failures: [String: Int64] = [:]
    }

    init(_ blobs: LocalBlobs, _ fetches: BlobFetches, storagePatience: Int64) {
        self.blobs = blobs
        self.fetches = fetches
        self.storagePatience = storagePatience
    }

    func prepare(details generation: UInt32?, report region: Region.ID?, holders: Bool) {
        guard let cache = blobs.cache else { return }
        let now = Timestamp.now.secondsSinceEpoch
        var keys: [BlobKey] = []
        // The details of a generation never change.
        if let generation, let key = try? BlobKey(FileDetailsKey.text(generation: generation)),
            !hasFailedLately(key.text), cache.validatedAt(key) == nil
        {
            keys.append(key)
        }
        for text in [region.map(BlobName.report), holders ? BlobName.holders : nil] {
            guard let text, let key = try? BlobKey(text), !hasFailedLately(text),
                now - (cache.validatedAt(key) ?? 0) >= Self.patience
            else { continue }
            keys.append(key)
        }
        // If storage is slow, the page is made from what is available, and the next one has more.
        if !keys.isEmpty { _ = fetches.fetch(keys, within: storagePatience) }
    }

    func details(generation: UInt32) -> FileDetails? {
        let known = state.withLock { $0.details }
        if let known, known.header.catalogGeneration == generation, !known.blob.isTorn {
            return known
        }
        let key = FileDetailsKey.text(generation: generation)
        return unlessFailedLately(key) { blobKey in
            let path = blobs.store.path(of: blobKey)
            guard let file = try MappedFile.open(path, blobs.store.ownership) else { return nil }
            do {
                let details = try FileDetails(file.bytes)
                state.withLock { $0.details = details }
                return details
            } catch {
                // A damaged copy is fetched again next time.
                try blobs.cache?.discard(blobKey)
                throw error
            }
        }
    }

    func folderNames(generation: UInt32) -> FolderNames? {
        let known = state.withLock { $0.folderNames }
        if let known, known.header.catalogGeneration == generation, !known.blob.isTorn {
            return known
        }
        let text = FileDetailsKey.folders(generation: generation)
        // They never change, so the cache is always current.
        if let cache = blobs.cache, let key = try? BlobKey(text), !hasFailedLately(text),
            cache.validatedAt(key) == nil
        {
            _ = fetches.fetch([key], within: storagePatience)
        }
        return unlessFailedLately(text) { key in
            let path = blobs.store.path(of: key)
            guard let file = try MappedFile.open(path, blobs.store.ownership) else { return nil }
            do {
                let names = try FolderNames(file.bytes)
                state.withLock { $0.folderNames = names }
                return names
            } catch {
                try blobs.cache?.discard(key)
                throw error
            }
        }
    }

    func report(region: Region.ID) -> PageReport? {
        unlessFailedLately(BlobName.report(of: region)) { key in
            guard let version = FileVersion(ofFileAt: blobs.store.path(of: key)) else { return nil }
            let known = state.withLock { $0.report }
            if let known, known.region == region, known.version == version {
                return known.content
            }
            guard let blob = try blobs.store.get(key) else { return nil }
            let report = PageReport(try JSONValue(parsing: blob.bytes))
            state.withLock { $0.report = (region, version, report) }
            return report
        }
    }

    func holders() -> Holders? {
        unlessFailedLately(BlobName.holders) { key in
            let path = blobs.store.path(of: key)
            guard let version = FileVersion(ofFileAt: path) else { return nil }
            let known = state.withLock { $0.holders }
            if let known, known.version == version, !known.content.isTorn { return known.content }
            guard let file = try MappedFile.open(path, blobs.store.ownership) else { return nil }
            do {
                let holders = try Holders(file.bytes)
                state.withLock { $0.holders = (version, holders) }
                return holders
            } catch {
                try blobs.cache?.discard(key)
                throw error
            }
        }
    }

    /// The maximum number of remembered names that do not exist; at the limit, no more are
    /// requested.
    private static let failureLimit = 256

    func statusFile(_ name: String) -> [UInt8]? {
        let text = "status/\(name)"
        guard let key = try? BlobKey(text), !hasFailedLately(text) else { return nil }
        // A client is inventing names: answer from what is available, and remember no more.
        guard recentFailureCount() < Self.failureLimit else {
            return (try? blobs.store.get(key))?.bytes
        }
        let now = Timestamp.now.secondsSinceEpoch
        if let cache = blobs.cache, now - (cache.validatedAt(key) ?? 0) >= Self.patience {
            _ = fetches.fetch([key], within: storagePatience)
        }
        return unlessFailedLately(text) { key in try blobs.store.get(key)?.bytes }
    }

    private func recentFailureCount() -> Int {
        let now = Clock.milliseconds() / 1000
        return state.withLock { state in
            if state.failures.count >= Self.failureLimit {
                state.failures = state.failures.filter { now - $0.value < Self.patience }
            }
            return state.failures.count
        }
    }

    private func hasFailedLately(_ key: String) -> Bool {
        guard let failedAt = state.withLock({ $0.failures[key] }) else { return false }
        return Clock.milliseconds() / 1000 - failedAt < Self.patience
    }

    /// The value that `read` makes of the blob under `key`; nil if that fails or recently failed.
    private func unlessFailedLately<Value>(
        _ key: String,
        _ read: (BlobKey) throws -> Value?
    ) -> Value? {
        guard !hasFailedLately(key) else { return nil }
        do {
            if let value = try read(BlobKey(key)) { return value }
            Log.debug("page blob absent", ["key": key])
        } catch {
            Log.warning("page blob unusable", ["key": key, "reason": error])
        }
        let now = Clock.milliseconds() / 1000
        state.withLock { state in
            // Generations come and go: forget old failures.
            state.failures = state.failures.filter { now - $0.value < Self.patience }
            state.failures[key] = now
        }
        return nil
    }
}
