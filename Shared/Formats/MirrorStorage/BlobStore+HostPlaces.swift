import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage

// Look-ups can be repeated: a blob that cannot be read is logged and counts as none.

extension BlobStore {
    /// Where hosts are located, as far as Leader found out.
    package func hostPlaces() throws(StorageError) -> HostPlaces {
        try get(BlobKey(HostPlaces.key)).map { Self.places($0) } ?? HostPlaces()
    }

    /// Changes the places; `change` is called again if somebody else wrote in the meantime.
    package func updateHostPlaces(
        _ change: (inout HostPlaces) -> Void
    ) throws(StorageError) {
        try update(BlobKey(HostPlaces.key)) { blob in
            var places = blob.map { Self.places($0) } ?? HostPlaces()
            change(&places)
            return (places.json.serialized(), ())
        }
    }

    /// Removes the places, so that mirrors are located where the list or their country says.
    package func forgetHostPlaces() throws(StorageError) {
        let key = try BlobKey(HostPlaces.key)
        guard try get(key) != nil else { return }
        try delete(key)
    }

    private static func places(_ blob: Blob) -> HostPlaces {
        do {
            return try HostPlaces(json: JSONValue(parsing: blob.bytes))
        } catch {
            Log.warning("places unreadable, ignored", ["key": HostPlaces.key, "reason": error])
            return HostPlaces()
        }
    }
}
