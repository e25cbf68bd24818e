import ObjectStorage
import Synchronization
package import TestSupport

/// Notes which blobs are read, written, deleted and listed.
package final class CountingStore: WrappedStore {
    package let base: InMemoryStore
    private let keys = Mutex<[StoreOperation: [String]]>([:])

    package init(_ base: InMemoryStore) { self.base = base }

    package func before(_ operation: StoreOperation, _ key: String) {
        keys.withLock { $0[operation, default: []].append(key) }
    }

    /// The sorted keys of such operations since the previous call.
    package func takeKeys(_ operation: StoreOperation) -> [String] {
        keys.withLock { ($0.removeValue(forKey: operation) ?? []).sorted() }
    }
}
