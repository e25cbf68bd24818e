import FunctionRuntime
package import HealthFormat
import JSON
package import ObjectStorage
package import Time

/// The blob `health` in storage, and its rendering `health.json`.
///
/// Probes, checks and operators write to one blob, each its own section, by conditional writes that
/// are tried again until they succeed or `Contention` says that it is enough.
package struct HealthStore: Sendable {
    private let store: any BlobStore
    private let contention: Contention

    package init(_ store: any BlobStore, against contention: Contention = Contention()) {
        self.store = store
        self.contention = contention
    }

    /// The health in storage.
    ///
    /// From `health.json` where a program of 0.1.0 wrote that alone, or where the blob is damaged;
    /// empty where there is neither.
    package func read() throws(StorageError) -> Health {
        let key = try BlobKey(Health.key)
        return try decode(store.get(key), key).health
    }

    /// Changes the health in storage by `change`, and returns it.
    ///
    /// `change` may be called several times; it touches only what its writer owns. Times that are
    /// ahead of `now` are replaced by it: the clock that wrote them was wrong, and nobody can tell
    /// how old they are. Throws ``StorageError/conditionFailed(key:)`` where others wrote all the
    /// time; nothing was written then, and nothing but this write need fail for it.
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

    /// The health that `blob` holds, and whether it may be replaced: what a newer program wrote may
    /// not.
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

    /// What `health.json` says; nil where there is none, or none that is understood.
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
    /// Of several writers at once the last one wins, and the next write renders all of it anyway.
    private func render(_ health: Health, now: Timestamp) {
        do {
            try store.put(BlobKey(Health.jsonKey), health.json(at: now).serialized())
        } catch {
            Log.warning("health.json not written", ["key": Health.jsonKey, "reason": error])
        }
    }
}
