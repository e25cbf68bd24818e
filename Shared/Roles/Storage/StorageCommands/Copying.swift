import Catalogs
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
    /// The pointer to the catalog is read first and written last, so that the target always has the
    /// catalog that it names, even if the leader publishes meanwhile. Leases are not copied,
    /// because they belong to processes that use the source.
    package func run() throws(StorageError) -> Outcome {
        var outcome = Outcome()
        let pointer = try BlobKey(CatalogStore.pointer)
        let pointed = try source.get(pointer)
        for key in try source.list(prefix: "")
        where !key.text.hasPrefix("leases/") && key != pointer {
            guard let blob = try source.get(key) else { continue }
            try copy(blob.bytes, to: key, &outcome)
        }
        if let pointed { try copy(pointed.bytes, to: pointer, &outcome) }
        return outcome
    }

    private func copy(
        _ bytes: [UInt8],
        to key: BlobKey,
        _ outcome: inout Outcome
    ) throws(StorageError) {
        try target.put(key, bytes)
        outcome.blobCount += 1
        outcome.byteCount += bytes.count
    }
}
