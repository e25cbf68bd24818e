import Glibc
import ObjectStorage
import Synchronization
import TestSupport

/// A store with many writers: its blobs take two milliseconds to arrive, so that others write in
/// the meantime.
final class ContestedStore<Base: BlobStore>: WrappedStore {
    let base: Base
    private let isAlwaysLate: Bool
    private let conflicts = Atomic<Int>(0)

    /// A store over `base`; with `isAlwaysLate` another writer is faster each time.
    init(_ base: Base, isAlwaysLate: Bool = false) {
        self.base = base
        self.isAlwaysLate = isAlwaysLate
    }

    /// The number of conditional writes that failed.
    var conflictCount: Int { conflicts.load(ordering: .relaxed) }

    func after(_ operation: StoreOperation, _ key: String) {
        if operation == .get { usleep(2000) }
    }

    @discardableResult
    func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        do throws(StorageError) {
            if isAlwaysLate, condition != .always { throw .conditionFailed(key: key.text) }
            return try base.put(key, bytes, if: condition)
        } catch {
            conflicts.add(1, ordering: .relaxed)
            throw error
        }
    }
}
