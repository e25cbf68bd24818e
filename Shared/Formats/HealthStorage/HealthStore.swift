import FunctionRuntime
package import HealthFormat
import JSON
package import ObjectStorage
package import Time

/// The blob `health` in storage, and its rendering `health.json`.
///
/// Probes, checks and operators write to one blob, each to its own section, with conditional writes
/// that are retried until they succeed or the `Contention` limit is reached.
package struct HealthStore: Sendable {
    private let store: any BlobStore
    private let contention: Contention

    package init(_ store: any BlobStore, against contention: Contention = Contention()) {
        self.store = store
        self.contention = contention
    }

    /// The health in storage.
    ///
    /// It comes from `health.json` if only a program of 0.1.0 wrote it, or if the blob is damaged;
    /// it is empty if there is neither.
    package func read() throws(StorageError) -> Health {
        let key = try BlobKey(Health.key)
        return try decode(store.get(key), key).health
    }

    /// Applies `change` to the health in storage, and returns the result.
    ///
    /// `change` may be called several times; it must only touch what its writer owns. Times after
    /// `now` are replaced by `now`, because the clock that wrote them was wrong and their age is
    /// unknown. Throws ``StorageError/conditionFailed(key:)`` after constant interference by other
    /// writers; nothing was written then, and the caller can continue without it.
    @discardableResult
    package func update(
        now: Timestamp,
        _ change: (inout Health) -> Void
    ) throws(StorageError) -> Health {
        let key = try BlobKey(Health.key)
        let (health, isWritten) = try store.update(key, against: contention) {
            blob throws(StorageError) -> (bytes: [UInt8]?, value: (Health, Bool)) in
            var (health, isReplaceable) = try decode(blob, key)
            let aheadCount = health.settleTimes(now: now)
            if aheadCount > 0 {
                Log.warning(
                    "future times corrected",
                    ["key": key, "times": aheadCount, "hint": "a clock is or was wrong"]
                )
            }
            change(&health)
            health.writtenAt = now
            return (isReplaceable ? health.encoded() : nil, (health, isReplaceable))
        }
        if isWritten { render(health, now: now) }
        return health
    }

    /// The health in `blob`, and whether it may be replaced: a blob from a newer program must not
    /// be.
    private func decode(
        _ blob: Blob?,
        _ key: BlobKey
    ) throws(StorageError) -> (health: Health, isReplaceable: Bool) {
        guard let blob else { return (try rendered() ?? Health(), true) }
        do {
            return (try Health(decoding: blob.bytes), true)
        } catch {
            let health = try rendered() ?? Health()
            if case .unsupportedVersion = error {
                Log.error("blob unreadable, kept", ["key": key, "reason": error])
                return (health, false)
            }
            Log.warning("blob unreadable, replaced", ["key": key, "reason": error])
            return (health, true)
        }
    }

    /// The content of `health.json`; nil if it is missing or not understood.
    private func rendered() throws(StorageError) -> Health? {
        let key = try BlobKey(Health.jsonKey)
        guard let blob = try store.get(key) else { return nil }
        do {
            return try Health(json: JSONValue(parsing: blob.bytes))
        } catch {
            Log.warning("blob unreadable, replaced", ["key": key, "reason": error])
            return nil
        }
    }

    /// Writes `health.json`.
    ///
    /// Of several concurrent writers, the last one wins; the next write renders everything anyway.
    private func render(_ health: Health, now: Timestamp) {
        do {
            try store.put(BlobKey(Health.jsonKey), health.json(at: now).serialized())
        } catch {
            Log.warning("health.json not written", ["key": Health.jsonKey, "reason": error])
        }
    }
}
