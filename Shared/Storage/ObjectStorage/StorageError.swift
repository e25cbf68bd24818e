package import URLs

/// Why a storage operation failed.
package enum StorageError: Error, Equatable, CustomStringConvertible {
    /// `STORAGE_URL` does not name a supported store; the reason says why.
    case unsupportedURL(PrivateURL, reason: String)
    /// A blob name with other characters than `A-Z a-z 0-9 . _ -` and `/` between components.
    case invalidKey(String)
    /// Another writer was faster, or the blob has another version than expected.
    ///
    /// Read it again.
    case conditionFailed(key: String)
    /// The operating system refused an operation on a file of the store.
    case system(operation: String, path: String, reason: String)
    /// An environment variable or a secret for the store is missing or wrong.
    case misconfigured(String)
    /// The server did not answer, or failed itself, until the time or the attempts were used up.
    ///
    /// A write may or may not have been carried out.
    case unavailable(operation: String, reason: String, attempts: Int)
    /// The server failed to prove its identity (TLS); nothing was sent to it.
    case untrusted(operation: String, reason: String)
    /// The server rejects the credentials, or denies access with them.
    case accessDenied(operation: String, reason: String)
    /// The server rejects signatures because its clock and this host's differ too much.
    case clockSkew(serverTime: String)
    /// The bucket does not exist.
    case noBucket(String)
    /// The server's answer is not valid for this operation.
    case unexpectedAnswer(operation: String, reason: String)
    /// The received bytes differ from those that were stored.
    case damaged(key: String, expectedChecksum: String, actualChecksum: String)
    /// The server ignores the conditions of writes, so leases cannot work on it.
    case conditionsIgnored
    /// The server reports that it does not support conditional writes.
    case conditionsRefused(reason: String)
    /// The lease expired or was taken over; the guarded write was not carried out.
    case leaseLost(name: String, owner: String)

    package var description: String {
        switch self {
        case .unsupportedURL(let url, let reason):
            "STORAGE_URL \"\(url)\" is not understood: \(reason)"
        case .invalidKey(let key):
            "\"\(key)\" cannot name a blob: expected letters, digits, '.', '_', '-', joined by '/'"
        case .conditionFailed(let key):
            "\(key) was changed by another writer in the meantime; nothing was written: run again"
        case .system(let operation, let path, let reason):
            "cannot \(operation) \(path): \(reason)"
        case .misconfigured(let reason):
            reason
        case .unavailable(let operation, let reason, let attempts):
            "storage is unavailable, cannot \(operation): \(reason) "
                + "(\(attempts) \(attempts == 1 ? "attempt" : "attempts"))"
        case .untrusted(let operation, let reason):
            "storage is not trusted, nothing was sent to \(operation): \(reason); check "
                + "S3_ENDPOINT, CA_FILE and this host's clock"
        case .accessDenied(let operation, let reason):
            "storage refuses to \(operation): \(reason); check the keys, S3_REGION and the "
                + "bucket's policy"
        case .clockSkew(let serverTime):
            "storage refuses this host's signatures because the clocks differ: the server's is at "
                + "\(serverTime); set this host's clock, by NTP for example"
        case .noBucket(let bucket):
            "the bucket \(bucket) does not exist: create it, or correct STORAGE_URL"
        case .unexpectedAnswer(let operation, let reason):
            "unexpected answer from storage when asked to \(operation): \(reason); if it repeats, "
                + "compare the server with docs/storage.md"
        case .damaged(let key, let expectedChecksum, let actualChecksum):
            "\(key) arrived damaged: expected the CRC-32 \(expectedChecksum), found "
                + "\(actualChecksum); if it repeats, run storage verify"
        case .conditionsIgnored:
            "this S3 server ignores If-None-Match or If-Match on writes, so leases cannot guard "
                + "anything: use one that honours them (AWS S3, SeaweedFS 3.9, MinIO, Ceph 19)"
        case .conditionsRefused(let reason):
            "this S3 server does not support If-None-Match or If-Match on writes (\(reason)), so "
                + "leases cannot guard anything: use one that does (AWS S3, "
                + "SeaweedFS 3.9, MinIO, Ceph 19)"
        case .leaseLost(let name, let owner):
            "the lease \(name) was lost to \(owner); nothing was written, the next run goes on"
        }
    }
}
