import FunctionRuntime
import JSON
package import Mirrors
package import ObjectStorage

// A look-up can be made again: a blob that cannot be read is logged and counts as none.

extension BlobStore {
    /// Where hosts stand, as far as leader found out.
    package func hostPlaces() throws(StorageError) -> HostPlaces {
        try get(BlobKey(HostPlaces.key)).map { Self.places($0) } ?? HostPlaces()
    }

    /// Changes that; `change` is called again where somebody else wrote meanwhile.
    package func updateHostPlaces(
        _ change: (inout HostPlaces) -> Void
    ) throws(StorageError) {
        try update(BlobKey(HostPlaces.key)) { blob in
            var places = blob.map { Self.places($0) } ?? HostPlaces()
            change(&places)
            return (places.json.serialized(), ())
        }
    }

    /// Removes what was found out, so that mirrors stand where the list or their country does.
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
