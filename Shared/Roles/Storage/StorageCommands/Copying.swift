package import ObjectStorage

/// Copies all blobs of one store to another, to move a deployment or back it up.
package struct Copying {
    private let source: any BlobStore
    private let target: any BlobStore

    package init(from source: any BlobStore, to target: any BlobStore) {
        self.source = source
        self.target = target
    }

    package struct Outcome: Equatable, Sendable {
        package var blobCount = 0
        package var byteCount = 0
    }

    /// Copies the blobs one by one; existing ones are replaced.
    ///
    /// Blobs that refer to others are copied last, so that readers of the target see a consistent
    /// deployment at any time. Leases are not copied, because they belong to processes that use the
    /// source.
    package func run() throws(StorageError) -> Outcome {
        var outcome = Outcome()
        let keys = try source.list(prefix: "").filter { !$0.text.hasPrefix("leases/") }
        for key in keys.filter({ $0.text != Self.pointer })
            + keys.filter({ $0.text == Self.pointer })
        {
            guard let blob = try source.get(key) else { continue }
            try target.put(key, blob.bytes)
            outcome.blobCount += 1
            outcome.byteCount += blob.bytes.count
        }
        return outcome
    }

    private static let pointer = "catalog/current"
}
