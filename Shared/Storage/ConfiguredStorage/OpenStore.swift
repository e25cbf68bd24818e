package import FunctionRuntime
package import ObjectStorage
import S3Storage

/// The store that `STORAGE_URL` names, ready to use; touches nothing yet.
///
/// For `s3://` the variables of `S3Store` count too, and the keys for `access` are looked for.
package func openStore(
    _ environment: Environment,
    for access: StoreAccess = .readingAndWriting
) throws(StorageError) -> any BlobStore {
    try openStore(environment[.storageURL] ?? StorageURL.defaultText, environment, for: access)
}

/// The store behind `url`; the other settings are from `environment`.
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
