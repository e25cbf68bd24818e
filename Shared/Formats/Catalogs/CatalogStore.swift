import BlobFormat
import JSON
package import ObjectStorage

/// The catalog generations in storage.
///
/// `catalog/<generation, ten digits>.catalog` is written once and never changed; `catalog/current`,
/// `{"generation":n}`, refers to the newest. A generation's bytes can be cached by its number.
package struct CatalogStore: Sendable {
    package let store: any BlobStore

    package init(_ store: any BlobStore) {
        self.store = store
    }

    /// The content of `catalog/current` when it was read, so that a publication can tell whether it
    /// has changed.
    package struct Pointer: Equatable, Sendable {
        /// 0 before the first publication.
        package let generation: UInt32
        fileprivate let condition: WriteCondition
    }

    /// The number of the newest generation.
    ///
    /// Reads one small blob.
    package func current() throws(CatalogError) -> Pointer {
        let blob: Blob?
        do { blob = try store.get(Self.currentKey()) } catch { throw .storage(error) }
        guard let blob else { return Pointer(generation: 0, condition: .absent) }
        do throws(JSONError) {
            var fields = try JSONFields(JSONValue(parsing: blob.bytes))
            guard let generation = try fields.integer("generation", in: 1...Int64(UInt32.max))
            else {
                throw .missing(field: "\"generation\"", expected: "a number")
            }
            return Pointer(generation: UInt32(generation), condition: .unchanged(blob.tag))
        } catch {
            throw .badPointer(key: Self.pointer, error)
        }
    }

    /// The catalog of one generation; an empty one for 0.
    package func catalog(generation: UInt32) throws(CatalogError) -> Catalog {
        guard generation > 0 else { return Catalog() }
        let blob: Blob?
        let key: BlobKey
        do {
            key = try Self.key(generation: generation)
            blob = try store.get(key)
        } catch {
            throw .storage(error)
        }
        guard let blob else { throw .missing(key: key.text) }
        let catalog: Catalog
        do {
            catalog = try Catalog(decoding: blob.bytes)
        } catch {
            throw .badCatalog(key: key.text, error)
        }
        guard catalog.generation == generation else {
            throw .wrongGeneration(key: key.text, actual: catalog.generation)
        }
        return catalog
    }

    /// The newest catalog; an empty one before the first publication.
    package func newest() throws(CatalogError) -> Catalog {
        try catalog(generation: try current().generation)
    }

    /// The number for the next publication.
    ///
    /// One more than any generation in storage: a leader that died between writing its catalog and
    /// switching to it leaves a number that cannot be written again.
    package func nextGeneration(after pointer: Pointer) throws(CatalogError) -> UInt32 {
        let newest = max(try generations().max() ?? 0, pointer.generation)
        return newest == .max ? newest : newest + 1
    }

    /// The numbers of the generations in storage up to `newest`, oldest first.
    package func generations(upTo newest: UInt32 = .max) throws(CatalogError) -> [UInt32] {
        let keys: [BlobKey]
        do { keys = try store.list(prefix: "catalog/") } catch { throw .storage(error) }
        return keys.compactMap(Self.generation(of:)).filter { $0 <= newest }.sorted()
    }

    /// Writes `catalog` and makes it the newest, unless `catalog/current` is no longer `pointer`.
    ///
    /// If two leaders publish over the same pointer, one gets
    /// ``CatalogError/overtaken(generation:)``, and readers never see its catalog.
    package func publish(
        _ catalog: Catalog,
        replacing pointer: Pointer
    ) throws(CatalogError) {
        let pointerBytes = JSONValue.object(["generation": .integer(Int64(catalog.generation))])
            .serialized()
        do {
            try store.put(
                Self.key(generation: catalog.generation),
                catalog.encoded(),
                if: .absent
            )
            try store.put(Self.currentKey(), pointerBytes, if: pointer.condition)
        } catch .conditionFailed {
            throw .overtaken(generation: catalog.generation)
        } catch {
            throw .storage(error)
        }
    }

    private static func currentKey() throws(StorageError) -> BlobKey {
        try BlobKey(Self.pointer)
    }

    /// The name of the blob that says which generation is the newest.
    package static let pointer = "catalog/current"

    /// The name of a generation's catalog.
    package static func name(generation: UInt32) -> String {
        let digits = String(generation)
        let zeros = String(repeating: "0", count: 10 - digits.count)
        return "catalog/\(zeros)\(digits).catalog"
    }

    /// The key of a generation's catalog.
    package static func key(generation: UInt32) throws(StorageError) -> BlobKey {
        try BlobKey(name(generation: generation))
    }

    private static func generation(of key: BlobKey) -> UInt32? {
        guard key.text.hasPrefix("catalog/"), key.text.hasSuffix(".catalog") else { return nil }
        return UInt32(key.text.dropFirst(8).dropLast(8))
    }
}

extension BlobStore {
    /// The newest catalog; throws ``CatalogError/unpublished`` before the first publication.
    package func catalog() throws(CatalogError) -> Catalog {
        let catalog = try CatalogStore(self).newest()
        guard catalog.generation > 0 else { throw .unpublished }
        return catalog
    }
}
