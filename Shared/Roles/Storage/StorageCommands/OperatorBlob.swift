import JSON
import Mirrors
package import ObjectStorage

/// Validates blobs that operators write by hand, before they are stored.
package enum OperatorBlob {
    /// The keys of such blobs.
    package static let keys = [
        BlobName.classes, BlobName.mirrors, BlobName.overrides, BlobName.ownMirrors,
        BlobName.regions,
    ]

    /// Why the reader of `key` would reject `bytes`; nil if it would accept them, and for other
    /// keys.
    ///
    /// Overrides are validated against the mirrors in `store`.
    package static func problem(
        of key: BlobKey,
        _ bytes: [UInt8],
        in store: any BlobStore
    ) throws(StorageError) -> String? {
        guard keys.contains(key.text), let (kind, name) = BlobKind.kind(of: key.text) else {
            return nil
        }
        var seen = BlobReferences()
        if key.text == BlobName.overrides, let list = try store.get(BlobKey(BlobName.mirrors)) {
            seen.mirrors = try? MirrorList(json: JSONValue(parsing: list.bytes))
        }
        do {
            try kind.check(name, bytes, &seen)
            return nil
        } catch let mismatch as BlobKind.Mismatch {
            return mismatch.problem
        } catch {
            return "\(error)"
        }
    }
}
