import Foundation
import Glibc
import ObjectStorage
import TestSupport
import Testing

/// Other users' files in a folder that they can write to are not accepted as our own.
@Suite struct FileOwnershipTests {
    private let folder: TemporaryFolder
    private let store: FileStore
    private let key: BlobKey

    init() throws {
        folder = try TemporaryFolder("ownership")
        store = FileStore(folder: folder.path, ownership: .thisUser)
        key = try BlobKey("maps/europe.map")
        try store.put(key, [1, 2, 3])
    }

    private func replace(with make: (String) -> Int32) throws {
        try store.delete(key)
        #expect(make(store.path(of: key)) == 0)
    }

    @Test func aFileOfThisUserIsRead() throws {
        #expect(try store.get(key)?.bytes == [1, 2, 3])
        #expect(try store.get(BlobKey("maps/asia.map")) == nil)
    }

    /// Opened without O_NONBLOCK, this would hang until another process writes.
    @Test(arguments: [FileOwnership.anybody, .thisUser])
    func aPipeIsRefusedAtOnce(ownership: FileOwnership) throws {
        try replace { unsafe mkfifo($0, 0o644) }
        #expect {
            _ = try File.reading(store.path(of: key), ownership)
        } throws: { error in
            "\(error)".contains("no regular file")
        }
    }

    @Test func aFolderIsRefused() throws {
        try replace { unsafe mkdir($0, 0o755) }
        #expect(throws: StorageError.self) { try store.get(key) }
    }

    @Test func aSymlinkIsFollowedInAStoreOnly() throws {
        let target = try folder.write("abc", to: "elsewhere")
        try replace { unsafe symlink(target, $0) }
        #expect(try FileStore(folder: folder.path).get(key)?.bytes == Array("abc".utf8))
        #expect {
            _ = try store.get(key)
        } throws: { error in
            "\(error)".contains("symbolic link")
        }
    }

    @Test func whatOthersCanWriteIsRefused() throws {
        #expect(unsafe chmod(store.path(of: key), 0o664) == 0)
        #expect {
            _ = try store.get(key)
        } throws: { error in
            "\(error)".contains("others can write it") && "\(error)".contains("CACHE_DIR")
        }
        #expect(try FileStore(folder: folder.path).get(key) != nil)
    }

    /// Only root can give files away, so only root can make the file of another user.
    @Test(.enabled(if: geteuid() == 0))
    func aFileOfAnotherUserIsRefused() throws {
        #expect(unsafe chown(store.path(of: key), 65_534, 65_534) == 0)
        #expect {
            _ = try store.get(key)
        } throws: { error in
            "\(error)".contains("another user") && "\(error)".contains("CACHE_DIR")
        }
        #expect(try FileStore(folder: folder.path).get(key) != nil)
    }
}
