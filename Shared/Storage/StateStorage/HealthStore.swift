import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage
package import Time

/// `health.json` in storage.
package struct HealthStore: Sendable {
    private let store: any BlobStore

    package init(_ store: any BlobStore) {
        self.store = store
    }

    /// Changes the health in storage by `change`, and returns it.
    ///
    /// Where another Checker wrote meanwhile, its health is read and changed again. A blob that cannot
    /// be read is logged and replaced: health is made anew by asking.
    package func update(
        now: Timestamp,
        _ change: (inout Health) -> Void
    ) throws(StorageError) -> Health {
        let key = try BlobKey("health.json")
        for _ in 0..<3 {
            var health = Health(checkedAt: now)
            var condition = WriteCondition.absent
            if let blob = try store.get(key) {
                condition = .unchanged(blob.tag)
                do {
                    health = try Health(json: JSONValue(parsing: blob.bytes))
                } catch {
                    Log.warning("replaced an unreadable blob", ["key": key, "reason": error])
                }
            }
            change(&health)
            do throws(StorageError) {
                try store.put(key, health.json.serialized(), if: condition)
                return health
            } catch .conditionFailed {
                continue
            }
        }
        throw .conditionFailed(key: key.text)
    }
}
