package import ObjectStorage

/// A test store that adds something to what another one does: a fault, a count, a delay.
package protocol WrappedStore: BlobStore {
    associatedtype Base: BlobStore
    var base: Base { get }

    /// Called before each operation of `base`, which is not done if this throws.
    func before(_ operation: StoreOperation, _ key: String) throws(StorageError)

    /// Called after each operation that was done.
    func after(_ operation: StoreOperation, _ key: String) throws(StorageError)
}

/// An operation on a store; the key of a listing is its prefix.
package enum StoreOperation: String, Sendable {
    case get, put, delete, list
}

extension WrappedStore {
    package func before(_ operation: StoreOperation, _ key: String) throws(StorageError) {}

    package func after(_ operation: StoreOperation, _ key: String) throws(StorageError) {}

    private func wrap<Result>(
        _ operation: StoreOperation,
        _ key: String,
        _ body: () throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        try before(operation, key)
        let result = try body()
        try after(operation, key)
        return result
    }

    package func get(_ key: BlobKey) throws(StorageError) -> Blob? {
        try wrap(.get, key.text) { () throws(StorageError) in try base.get(key) }
    }

    package func get(
        _ key: BlobKey,
        ifChangedFrom tag: EntityTag
    ) throws(StorageError) -> ChangedBlob {
        try wrap(.get, key.text) { () throws(StorageError) in
            try base.get(key, ifChangedFrom: tag)
        }
    }

    @discardableResult
    package func put(
        _ key: BlobKey,
        _ bytes: [UInt8],
        if condition: WriteCondition
    ) throws(StorageError) -> EntityTag {
        try wrap(.put, key.text) { () throws(StorageError) in
            try base.put(key, bytes, if: condition)
        }
    }

    package func delete(_ key: BlobKey) throws(StorageError) {
        try wrap(.delete, key.text) { () throws(StorageError) in try base.delete(key) }
    }

    package func entries(prefix: String) throws(StorageError) -> [BlobEntry] {
        try wrap(.list, prefix) { () throws(StorageError) in try base.entries(prefix: prefix) }
    }
}
