import JSON
package import Mirrors
package import ObjectStorage

extension MapPublication {
    /// What would become of all maps if the mirrors were those of `list`; publishes nothing.
    package func forecast(with list: MirrorList) throws -> Outcome {
        var settings = settings
        settings.isDryRun = true
        let changed = StoreWithBlob(
            store: store,
            key: try BlobKey(BlobName.mirrors),
            bytes: list.json.serialized()
        )
        return try MapPublication(store: changed, settings: settings, now: now).run()
    }
}

/// A read-only store in which one blob has other bytes.
///
/// Its listings are those of the store below.
package struct StoreWithBlob: BlobStore {
    private let store: any BlobStore
    private let key: BlobKey
    private let blob: Blob

    package init(store: any BlobStore, key: BlobKey, bytes: [UInt8]) {
        self.store = store
        self.key = key
        blob = Blob(bytes: bytes, tag: EntityTag("dry run"))
    }

    package func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        key == self.key ? blob : try store.get(key)
    }

    package func get(
        _ key: BlobKey,
        ifChangedFrom tag: EntityTag
    ) throws(StorageError) -> ChangedBlob {
        guard key == self.key else { return try store.get(key, ifChangedFrom: tag) }
        return tag == blob.tag ? .unchanged : .changed(blob)
    }

    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        throw .conditionFailed(key: key.text)
    }

    package func delete(_ key: BlobKey) throws(StorageError) {
        throw .conditionFailed(key: key.text)
    }

    package func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        try store.entries(prefix: prefix)
    }
}
