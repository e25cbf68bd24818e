import Glibc
import ObjectStorage
import Synchronization

/// A store that many write to: its blobs take two milliseconds to arrive, so that others write
/// meanwhile.
final class ContestedStore: BlobStore {
    private let store: any BlobStore
    private let isAlwaysLate: Bool
    private let conflicts = Atomic<Int>(0)

    /// A store over `store`; with `isAlwaysLate` somebody else is faster each time.
    init(_ store: any BlobStore, isAlwaysLate: Bool = false) {
        self.store = store
        self.isAlwaysLate = isAlwaysLate
    }

    /// How many conditional writes failed.
    var conflictCount: Int { conflicts.load(ordering: .relaxed) }

    func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        let blob = try store.get(key)
        usleep(2000)
        return blob
    }

    func get(_ key: BlobKey, ifChangedFrom tag: EntityTag) throws(StorageError) -> ChangedBlob {
        try store.get(key, ifChangedFrom: tag)
    }

    @discardableResult
    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        do throws(StorageError) {
            if isAlwaysLate, condition != .always { throw .conditionFailed(key: key.text) }
            return try store.put(key, bytes, if: condition)
        } catch {
            conflicts.add(1, ordering: .relaxed)
            throw error
        }
    }

    func delete(_ key: BlobKey) throws(StorageError) {
        try store.delete(key)
    }

    func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        try store.entries(prefix: prefix)
    }
}
