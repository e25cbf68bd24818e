package import ObjectStorage

/// Copies all blobs of one store into another: to move a deployment, or to keep it.
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

    /// Copies one blob after the other; those that are there already are replaced.
    ///
    /// Blobs that refer to others are copied last, so a reader of the target finds a whole
    /// deployment at any moment. Leases stay behind: they belong to processes that use the source.
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
