import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage
package import Time

extension BlobStore {
    /// The mirrors to ask first, the most suspected first; none if the blob is old, too long or
    /// unreadable, because it is only a hint.
    package func suspects(now: Timestamp) throws(StorageError) -> [Mirror.ID] {
        guard let blob = try get(BlobKey(Suspects.key)) else { return [] }
        guard blob.bytes.count <= Suspects.byteLimit else {
            Log.warning("suspects ignored", ["reason": "\(blob.bytes.count) bytes"])
            return []
        }
        do {
            let suspects = try Suspects(json: JSONValue(parsing: blob.bytes))
            return suspects.mirrors(now: now.secondsSinceEpoch)
        } catch {
            Log.warning("suspects ignored", ["reason": error])
            return []
        }
    }

    /// Stores the mirrors to ask first.
    package func put(_ suspects: Suspects) throws(StorageError) {
        try put(BlobKey(Suspects.key), suspects.json.serialized())
    }
}
