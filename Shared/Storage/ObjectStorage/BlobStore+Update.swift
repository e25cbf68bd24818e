/// How long to retry a change of a shared blob when other writers interfere.
package struct Contention: Hashable, Sendable {
    /// In seconds; nine concurrent writers need about two on a server that is 20 ms away.
    package var patienceSeconds = 20.0
    package var baseSeconds = 0.02
    package var capSeconds = 1.0

    package init(patienceSeconds: Double = 20) {
        self.patienceSeconds = patienceSeconds
    }
}

extension BlobStore {
    /// Replaces the blob under `key` by the result of `change`, and returns the value that `change`
    /// returns with the new bytes.
    ///
    /// If another writer was faster, the blob is read and changed again after growing pauses
    /// (``Backoff``), so `change` may be called many times. If it returns no bytes, nothing is
    /// written. If the caller has read the blob already, `seen` saves the first read: a write based
    /// on an outdated version is refused. Throws ``StorageError/conditionFailed(key:)`` when its
    /// patience is over, with nothing written.
    package func update<Value>(
        _ key: BlobKey,
        against contention: Contention = Contention(),
        seenAs seen: Blob? = nil,
        _ change: (Blob?) throws(StorageError) -> (bytes: [UInt8]?, value: Value)
    ) throws(StorageError) -> Value {
        var backoff = Backoff(
            totalSeconds: contention.patienceSeconds,
            baseSeconds: contention.baseSeconds,
            capSeconds: contention.capSeconds
        )
        var known = seen
        while true {
            let blob = if let known { known } else { try get(key) }
            known = nil
            let (bytes, value) = try change(blob)
            guard let bytes else { return value }
            do throws(StorageError) {
                try put(key, bytes, if: blob.map { .unchanged($0.tag) } ?? .absent)
                return value
            } catch .conditionFailed {
                guard backoff.pause() else { throw .conditionFailed(key: key.text) }
            }
        }
    }
}
