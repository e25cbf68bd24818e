import Glibc
import ObjectStorage
import TestSupport
import Testing

/// The lock with which the writers of one folder take turns.
@Suite struct StoreLockTests {
    private let folder: TemporaryFolder
    private let store: FileStore
    private let key: BlobKey

    init() throws {
        folder = try TemporaryFolder("lock")
        store = FileStore(folder: folder.appending("store"))
        key = try BlobKey("a")
        try store.put(key, [1])
    }

    private func mode() -> mode_t {
        var status = stat()
        _ = unsafe stat("\(store.folder)/.lock", &status)
        return status.st_mode & 0o777
    }

    /// `flock` needs only a descriptor: any reader of the file could block all writers.
    @Test func readersOfTheStoreCannotOpenTheLock() throws {
        #expect(mode() == 0o600)
        // The lock of a store of 0.1.0, which everybody could read.
        _ = unsafe chmod("\(store.folder)/.lock", 0o644)
        try store.put(key, [2])
        #expect(mode() == 0o600)
    }

    @Test func aHeldLockEndsInANamedError() throws {
        let descriptor = unsafe open("\(store.folder)/.lock", O_RDONLY)
        defer { close(descriptor) }
        #expect(flock(descriptor, LOCK_EX) == 0)
        #expect {
            try store.put(key, [2])
        } throws: { error in
            guard case .system("lock", _, let reason)? = error as? StorageError else {
                return false
            }
            return reason.contains("another process has held the lock")
        }
        #expect(try store.get(key)?.bytes == [1])
        #expect(flock(descriptor, LOCK_UN) == 0)
        try store.put(key, [3])
        #expect(try store.get(key)?.bytes == [3])
    }
}

/// A refusal of `STORAGE_URL` says which part is wrong, not only what the whole should be.
@Suite struct StorageURLReasonTests {
    @Test(arguments: [
        ("s3://b/p", "3 to 63"), ("s3://Bucket/p", "3 to 63"),
        ("s3://bucket/a//b", "a prefix is made of"),
        ("file://relative", "file:///absolute/folder"), ("ftp://x/", "or s3://bucket/prefix"),
    ])
    func saysWhichPartIsWrong(url: String, reason: String) {
        #expect { try StorageURL(url) } throws: { "\($0)".contains(reason) }
    }
}
