import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage
package import Time

// Measurements only help to rank: a blob that cannot be read is logged and counts as none, and maps
// continue to be built.

extension BlobStore {
    /// The recent measurements of the checker of `region`.
    package func probeSamples(of region: Region.ID) throws(StorageError) -> ProbeSamples {
        let key = try BlobKey(ProbeSamples.key(of: region))
        return try get(key).map { Self.samples($0, key) } ?? ProbeSamples()
    }

    /// Adds the measurements of one round of probes from `region`; `nil` is a probe without an
    /// answer.
    ///
    /// Access points that no longer exist are dropped. If another checker wrote in the meantime,
    /// its samples are read and extended.
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

    /// Notes that throughput is now being measured from `region` on those of `ids` that are due,
    /// and returns these.
    ///
    /// This is noted before the measurement, so that only one of several concurrent or interrupted
    /// runs measures. `secondOfDay` returns the second of the day at which an access point is due.
    package func beginMeasuring(
        _ ids: [AccessPoint.ID],
        from region: Region.ID,
        now: Timestamp,
        secondOfDay: (AccessPoint.ID) -> Int64
    ) throws(StorageError) -> [AccessPoint.ID] {
        let key = try BlobKey(ProbeSamples.key(of: region))
        let seconds = now.secondsSinceEpoch
        return try update(key) { blob in
            var samples = blob.map { Self.samples($0, key) } ?? ProbeSamples()
            let due = ids.filter { id in
                let throughput = samples.accessPoints[id]?.throughput ?? ThroughputSamples()
                return throughput.isDue(now: seconds, secondOfDay: secondOfDay(id))
            }
            guard !due.isEmpty else { return (nil, []) }
            for id in due { samples.accessPoints[id, default: .init()].throughput.ask(at: seconds) }
            return (samples.json.serialized(), due)
        }
    }

    /// Adds a measurement in KiB per second; nil if it gave no result.
    package func add(
        throughput: [AccessPoint.ID: Int?],
        from region: Region.ID,
        now: Timestamp
    ) throws(StorageError) {
        let key = try BlobKey(ProbeSamples.key(of: region))
        try update(key) { blob in
            var samples = blob.map { Self.samples($0, key) } ?? ProbeSamples()
            for (id, rate) in throughput {
                samples.accessPoints[id, default: .init()].throughput
                    .add(rate, at: now.secondsSinceEpoch)
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
