import ObjectStorage
@testable import StorageCommands
import TestSupport
import Testing

@Suite struct CopyingTests {
    @Test func movesADeploymentButNoLeases() throws {
        let source = InMemoryStore()
        let target = InMemoryStore()
        for (key, bytes) in [("catalog/current", 1), ("maps/x.map", 2), ("leases/a", 3)] {
            try source.put(BlobKey(key), Array(repeating: 7, count: bytes))
        }
        let outcome = try Copying(from: source, to: target).run()
        #expect(outcome == .init(blobCount: 2, byteCount: 3))
        #expect(target.list(prefix: "").map(\.text) == ["catalog/current", "maps/x.map"])
    }

    @Test func aPublicationDuringTheCopyLeavesNoDanglingPointer() throws {
        let base = InMemoryStore()
        let pointer = try BlobKey("catalog/current")
        let target = InMemoryStore()
        try base.put(BlobKey("catalog/0000000001.catalog"), [1])
        try base.put(pointer, Array("0000000001".utf8))
        _ = try Copying(from: PublishingStore(base: base), to: target).run()
        #expect(base.get(pointer)?.bytes == Array("0000000002".utf8))
        let named = try #require(target.get(pointer)).bytes
        #expect(
            target.get(try BlobKey("catalog/\(String(decoding: named, as: UTF8.self)).catalog"))
                != nil
        )
    }
}

/// A store to which a leader publishes the next catalog right after it was listed.
private final class PublishingStore: WrappedStore {
    let base: InMemoryStore

    init(base: InMemoryStore) { self.base = base }

    func after(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        guard operation == .list else { return }
        try base.put(BlobKey("catalog/0000000002.catalog"), [2])
        try base.put(BlobKey("catalog/current"), Array("0000000002".utf8))
    }
}
