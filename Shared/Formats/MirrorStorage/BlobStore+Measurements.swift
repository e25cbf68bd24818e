import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage

// What was measured helps to rank and nothing more: a blob that cannot be read is logged and counts
// as none, and maps go on being built.

extension BlobStore {
    /// What the checker of `region` measured lately.
    package func probeSamples(of region: Region.ID) throws(StorageError) -> ProbeSamples {
        let key = try BlobKey(ProbeSamples.key(of: region))
        return try get(key).map { Self.samples($0, key) } ?? ProbeSamples()
    }

    /// Adds what one round of probes measured from `region`; `nil` is a probe without an answer.
    ///
    /// Access points that no longer exist are dropped. Where another Checker wrote meanwhile, its
    /// samples are read and added to.
    package func add(
        _ probes: [AccessPoint.ID: Int64?],
        from region: Region.ID,
        existing: Set<AccessPoint.ID>
    ) throws(StorageError) {
        let key = try BlobKey(ProbeSamples.key(of: region))
        try update(key) { blob in
            var samples = blob.map { Self.samples($0, key) } ?? ProbeSamples()
            samples.accessPoints = samples.accessPoints.filter { existing.contains($0.key) }
            for (id, milliseconds) in probes {
                samples.accessPoints[id, default: .init()].add(milliseconds)
            }
            return (samples.json.serialized(), ())
        }
    }

    private static func samples(_ blob: Blob, _ key: BlobKey) -> ProbeSamples {
        do {
            return try ProbeSamples(json: JSONValue(parsing: blob.bytes))
        } catch {
            Log.warning("measurements unreadable, ignored", ["key": key, "reason": error])
            return ProbeSamples()
        }
    }
}
