package import JSON
package import Mirrors
package import ObjectStorage

extension BlobStore {
    /// The mirrors of `mirrors.json`; throws ``MirrorStorageError/noMirrors`` before the first
    /// import.
    package func mirrors() throws(MirrorStorageError) -> [Mirror] {
        guard let stored = try mirrorList() else { throw .noMirrors }
        return stored.list.mirrors
    }

    /// The contents of `mirrors.json` and the blob that they were read from, or nil before the
    /// first import.
    package func mirrorList() throws(MirrorStorageError) -> (list: MirrorList, blob: Blob)? {
        let key = BlobName.mirrors
        guard let stored = try json(key) else { return nil }
        do {
            return (try MirrorList(json: stored.json), stored.blob)
        } catch {
            throw .badBlob(key: key, error)
        }
    }

    /// The regions of `regions.json`, or the seven continents if the operator wrote none.
    package func regions() throws(MirrorStorageError) -> Regions {
        let key = BlobName.regions
        guard let stored = try json(key) else { return .continents }
        do {
            return try Regions(json: stored.json)
        } catch {
            throw .badBlob(key: key, error)
        }
    }

    /// A JSON blob, both parsed and as bytes, or nil if it does not exist.
    package func json(_ key: String) throws(MirrorStorageError) -> (json: JSONValue, blob: Blob)? {
        let blob: Blob?
        do {
            blob = try get(BlobKey(key))
        } catch {
            throw .storage(error)
        }
        guard let blob else { return nil }
        do {
            return (try JSONValue(parsing: blob.bytes), blob)
        } catch {
            throw .badBlob(key: key, error)
        }
    }
}
