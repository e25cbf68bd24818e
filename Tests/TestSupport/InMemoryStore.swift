package import ObjectStorage
import Synchronization

/// A store that exists as long as the test, with the conditions of a real one.
package final class InMemoryStore: BlobStore {
    private let blobs = Mutex<[BlobKey: Blob]>([:])
    private let writes = Atomic<Int>(0)

    package init() {}

    /// The number of writes and deletions so far, so that a test can assert that there were none.
    package var writeCount: Int { writes.load(ordering: .sequentiallyConsistent) }

    package func get(_ key: BlobKey) -> Blob? {
        blobs.withLock { $0[key] }
    }

    package func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) -> ChangedBlob {
        guard let blob = get(key) else { return .absent }
        return blob.tag == tag ? .unchanged : .changed(blob)
    }

    @discardableResult
    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        let written: EntityTag? = blobs.withLock { blobs in
            let isAllowed =
                switch condition {
                case .always: true
                case .absent: blobs[key] == nil
                case .unchanged(let tag): blobs[key]?.tag == tag
                }
            guard isAllowed else { return nil }
            let number = writes.add(1, ordering: .sequentiallyConsistent).newValue
            let tag = EntityTag("\(number)")
            blobs[key] = Blob(bytes: bytes, tag: tag)
            return tag
        }
        guard let written else { throw .conditionFailed(key: key.text) }
        return written
    }

    package func delete(_ key: BlobKey) {
        blobs.withLock { $0[key] = nil }
        writes.add(1, ordering: .sequentiallyConsistent)
    }

    package func list(prefix: String) -> [BlobKey] {
        entries(prefix: prefix).map(\.key)
    }

    package func entries(prefix: String) -> [BlobEntry] {
        blobs.withLock { blobs in
            blobs.keys.filter { $0.text.hasPrefix(prefix) }.sorted().map { key in
                BlobEntry(
                    key: key,
                    byteCount: blobs[key]?.bytes.count ?? 0,
                    modifiedAt: 0,
                    tag: blobs[key]?.tag
                )
            }
        }
    }
}
