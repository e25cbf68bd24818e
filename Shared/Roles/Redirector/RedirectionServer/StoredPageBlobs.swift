import FileDetailsFormat
import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import Pages
import Redirection
import Synchronization
import Time

/// What pages need, from storage.
///
/// Details are mapped once for each generation. A blob that cannot be had is not asked for again for a
/// while, so that pages stay quick while storage is down.
final class StoredPageBlobs: PageBlobs {
    /// How long a failure is taken for the answer, and how old a copy of a bucket's blob may get.
    private static let patience: Int64 = 60

    private let blobs: LocalBlobs
    private let state = Mutex(State())

    private struct State {
        var details: FileDetails?
        /// The report that was read last, and of which file.
        var report: (region: Region.ID, version: FileVersion, json: JSONValue)?
        /// By key when it was last asked for in vain.
        var failures: [String: Int64] = [:]
    }

    init(_ blobs: LocalBlobs) {
        self.blobs = blobs
    }

    func details(generation: UInt32) -> FileDetails? {
        let known = state.withLock { $0.details }
        if let known, known.header.catalogGeneration == generation, !known.blob.isTorn {
            return known
        }
        let key = FileDetailsKey.text(generation: generation)
        return unlessFailedLately(key) { blobKey in
            try bringHere(blobKey, isImmutable: true)
            let path = blobs.store.path(of: blobKey)
            guard let file = try MappedFile.open(path, blobs.store.ownership) else { return nil }
            do {
                let details = try FileDetails(file.bytes)
                state.withLock { $0.details = details }
                return details
            } catch {
                // A copy that was damaged here is fetched again next time.
                try blobs.cache?.discard(blobKey)
                throw error
            }
        }
    }

    func report(region: Region.ID) -> JSONValue? {
        unlessFailedLately("maps/\(region).report.json") { key in
            try bringHere(key, isImmutable: false)
            guard let version = FileVersion(ofFileAt: blobs.store.path(of: key)) else { return nil }
            let known = state.withLock { $0.report }
            if let known, known.region == region, known.version == version { return known.json }
            guard let blob = try blobs.store.get(key) else { return nil }
            let json = try JSONValue(parsing: blob.bytes)
            state.withLock { $0.report = (region, version, json) }
            return json
        }
    }

    /// Makes a copy of a bucket's blob, unless there is one that will do.
    private func bringHere(_ key: BlobKey, isImmutable: Bool) throws {
        guard let cache = blobs.cache else { return }
        if let validatedAt = cache.validatedAt(key),
            isImmutable || Timestamp.now.secondsSinceEpoch - validatedAt < Self.patience
        {
            return
        }
        _ = try cache.refresh(key)
    }

    /// What `read` makes of the blob under `key`; nil where that fails or failed a moment ago.
    private func unlessFailedLately<Value>(
        _ key: String,
        _ read: (BlobKey) throws -> Value?
    ) -> Value? {
        let now = Clock.milliseconds() / 1000
        let failedAt = state.withLock { $0.failures[key] }
        if let failedAt, now - failedAt < Self.patience { return nil }
        do {
            if let value = try read(BlobKey(key)) { return value }
            Log.debug("not in storage, pages say less", ["key": key])
        } catch {
            Log.warning("not usable, pages say less", ["key": key, "reason": error])
        }
        state.withLock { state in
            // Generations come and go: what is old need not be remembered.
            state.failures = state.failures.filter { now - $0.value < Self.patience }
            state.failures[key] = now
        }
        return nil
    }
}
