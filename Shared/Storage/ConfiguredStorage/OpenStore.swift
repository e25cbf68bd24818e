package import FunctionRuntime
package import ObjectStorage
import S3Storage

/// Opens the store that `STORAGE_URL` names; does no I/O on it yet.
///
/// For `s3://` it also reads the variables of `S3Store`, and the keys for `access`.
package func openStore(
    _ environment: Environment,
    for access: StoreAccess = .readingAndWriting
) throws(StorageError) -> any BlobStore {
    try openStore(environment[.storageURL], environment, for: access)
}

/// The store at `url`; the other settings come from `environment`.
package func openStore(
    _ url: String,
    _ environment: Environment,
    for access: StoreAccess = .readingAndWriting
) throws(StorageError) -> any BlobStore {
    switch try StorageURL(url) {
    case .folder(let path): FileStore(folder: path)
    case .bucket(let name, let prefix):
        try S3Store(bucket: name, prefix: prefix, environment, for: access)
    }
}
