import Foundation
import Testing
import URLs

@testable import ObjectStorage

@Suite final class FileStoreTests {
    let folder = NSTemporaryDirectory() + "file-store-" + UUID().uuidString
    var store: FileStore { FileStore(folder: folder + "/deep/er/") }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func tellsAChangedBlobFromAnUnchangedOne() throws {
        let key = try BlobKey("a")
        let tag = try store.put(key, [1])
        #expect(try store.get(key, ifChangedFrom: tag) == .unchanged)
        let newer = try store.put(key, [1])
        #expect(try store.get(key, ifChangedFrom: tag) == .changed(Blob(bytes: [1], tag: newer)))
        try store.delete(key)
        #expect(try store.get(key, ifChangedFrom: newer) == .absent)
    }

    @Test func writesOnlyWhereTheConditionHolds() throws {
        let key = try BlobKey("leases/one")
        let tag = try store.put(key, [1], if: .absent)
        #expect(throws: StorageError.conditionFailed(key: "leases/one")) {
            try store.put(key, [2], if: .absent)
        }
        let newer = try store.put(key, [2], if: .unchanged(tag))
        #expect(throws: StorageError.conditionFailed(key: "leases/one")) {
            try store.put(key, [3], if: .unchanged(tag))
        }
        #expect(try store.get(key) == Blob(bytes: [2], tag: newer))
        let leftovers = try FileManager.default.contentsOfDirectory(
            atPath: folder + "/deep/er/leases"
        )
        #expect(leftovers == ["one"])
    }

    @Test func listsByPrefixInOrderOfBytes() throws {
        for text in ["b", "checks/m-https.checks", "checks/a-http.checks", "checksum", "maps/x/y"] {
            try store.put(BlobKey(text), [])
        }
        #expect(
            try store.list(prefix: "").map(\.text) == [
                "b", "checks/a-http.checks", "checks/m-https.checks", "checksum", "maps/x/y",
            ]
        )
        #expect(
            try store.list(prefix: "checks/").map(\.text) == [
                "checks/a-http.checks", "checks/m-https.checks",
            ]
        )
        #expect(try store.list(prefix: "maps/x/y").map(\.text) == ["maps/x/y"])
        #expect(try store.list(prefix: "none/").isEmpty)
    }

    /// Four writers increment a counter with conditional writes; every increment must survive.
    @Test func losesNoUpdateBetweenWriters() async throws {
        let key = try BlobKey("counter")
        let store = store
        try store.put(key, [0])
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var done = 0
                    while done < 25 {
                        guard let blob = try? store.get(key), let count = blob.bytes.first else {
                            Issue.record("the counter is gone")
                            return
                        }
                        if (try? store.put(key, [count + 1], if: .unchanged(blob.tag))) != nil {
                            done += 1
                        }
                    }
                }
            }
        }
        #expect(try store.get(key)?.bytes == [100])
    }

    @Test func namesTheFileInItsErrors() throws {
        try store.put(BlobKey("file"), [])
        #expect {
            try store.put(BlobKey("file/below"), [])
        } throws: { error in
            "\(error)".contains("/file") && "\(error)".contains("cannot")
        }
    }

    @Test(arguments: ["", "/a", "a/", "a//b", ".a", "a/../b", "a b", "a%2F", "ü"])
    func refusesOddKeys(text: String) {
        #expect(throws: StorageError.invalidKey(text)) { try BlobKey(text) }
    }

    @Test(arguments: ["s3://user:secret@bucket/prefix", "https://user:secret@host/bucket"])
    func aURLWithAPasswordIsRefusedWithoutShowingIt(url: String) throws {
        let error = try #require(throws: StorageError.self) { try StorageURL(url) }
        #expect(!error.description.contains("secret"), "\(error)")
    }

    @Test func readsStorageURLs() throws {
        #expect(try StorageURL("file:///srv/a%20b") == .folder("/srv/a b"))
        for text in ["", "/srv", "file://", "file:///", "file://host/x", "http://x/", "file:///%2"]
        {
            #expect {
                try StorageURL(text)
            } throws: { error in
                guard case .unsupportedURL(let url, _)? = error as? StorageError else {
                    return false
                }
                return url.exposed == text
            }
        }
    }
}
