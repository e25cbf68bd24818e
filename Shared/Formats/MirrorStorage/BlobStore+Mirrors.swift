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

    /// What `mirrors.json` holds and the blob it was read from, or nil before the first import.
    package func mirrorList() throws(MirrorStorageError) -> (list: MirrorList, blob: Blob)? {
        let key = "mirrors.json"
        guard let stored = try json(key) else { return nil }
        do {
            return (try MirrorList(json: stored.json), stored.blob)
        } catch {
            throw .badBlob(key: key, error)
        }
    }

    /// The regions of `regions.json`, or the seven continents where the operator wrote none.
    package func regions() throws(MirrorStorageError) -> Regions {
        let key = "regions.json"
        guard let stored = try json(key) else { return .continents }
        do {
            return try Regions(json: stored.json)
        } catch {
            throw .badBlob(key: key, error)
        }
    }

    /// A blob of JSON, parsed and as it is, or nil where there is none.
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
