import FunctionRuntime
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

/// The kinds of stores that are tested.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case folder
    case bucket
    /// A bucket whose name is a subdomain.
    case virtualHost
    /// A bucket on a different server, with another implementation.
    case moto

    var testDescription: String { "\(self)" }
}

/// The behaviour of every kind of store.
extension S3Tests {
    @Suite struct StoreContractTests {
        let folder: TemporaryFolder

        init() throws {
            folder = try TemporaryFolder("contract")
        }

        func store(_ kind: StoreKind) throws -> any BlobStore {
            switch kind {
            case .folder: return FileStore(folder: folder.appending("store"))
            case .bucket: return try SeaweedFS.shared.store()
            case .moto:
                return S3Store(
                    location: try S3Location(
                        bucket: Moto.shared.bucket,
                        prefix: "m\(UInt64.random(in: 0 ... .max))",
                        region: "us-east-1",
                        endpoint: "http://127.0.0.1:\(Moto.shared.port)",
                        addressing: .path
                    ),
                    credentials: try S3Credentials(
                        from: Environment([
                            "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
                            "SECRETS_DIR": "/nowhere",
                        ])
                    )
                )
            case .virtualHost:
                let server = try SeaweedFS.shared
                return S3Store(
                    location: try S3Location(
                        bucket: server.bucket,
                        prefix: "v\(UInt64.random(in: 0 ... .max))",
                        region: "us-east-1",
                        endpoint: "http://\(SeaweedFS.domain):\(server.port)",
                        addressing: .virtualHost
                    ),
                    credentials: try S3Credentials(from: .init(server.environment()))
                )
            }
        }

        @Test(arguments: StoreKind.allCases)
        func returnsWhatWasPut(_ kind: StoreKind) throws {
            let store = try store(kind)
            let key = try BlobKey("maps/europe.map")
            #expect(try store.get(key) == nil)
            let first = try store.put(key, [1, 2, 3])
            #expect(try store.get(key) == Blob(bytes: [1, 2, 3], tag: first))
            let second = try store.put(key, [])
            #expect(second != first)
            #expect(try store.get(key) == Blob(bytes: [], tag: second))
            try store.delete(key)
            try store.delete(key)
            #expect(try store.get(key) == nil)
        }

        @Test(arguments: StoreKind.allCases)
        func keepsLargeBlobsWhole(_ kind: StoreKind) throws {
            let store = try store(kind)
            let key = try BlobKey("catalog/0000000001.catalog")
            let bytes = (0..<20_000_000).map {
                UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13)
            }
            let tag = try store.put(key, bytes)
            let blob = try #require(try store.get(key))
            #expect(blob.tag == tag)
            #expect(blob.bytes == bytes)
        }

        @Test(arguments: StoreKind.allCases)
        func tellsAChangedBlobFromAnUnchangedOne(_ kind: StoreKind) throws {
            let store = try store(kind)
            let key = try BlobKey("a")
            #expect(try store.get(key, ifChangedFrom: EntityTag("\"x\"")) == .absent)
            let tag = try store.put(key, [1])
            #expect(try store.get(key, ifChangedFrom: tag) == .unchanged)
            let next = try store.put(key, [2])
            #expect(
                try store.get(key, ifChangedFrom: tag) == .changed(Blob(bytes: [2], tag: next))
            )
            // The tag of another kind of store matches nothing.
            #expect(
                try store.get(key, ifChangedFrom: EntityTag("of another store"))
                    == .changed(Blob(bytes: [2], tag: next))
            )
        }

        @Test(arguments: StoreKind.allCases)
        func pinsRangesToAVersion(_ kind: StoreKind) throws {
            let store = try store(kind)
            let key = try BlobKey("a")
            let tag = try store.put(key, Array("0123456789".utf8))
            #expect(try store.get(key, bytes: 2..<5, of: tag) == Array("234".utf8))
            #expect(try store.get(key, bytes: 8..<20, of: tag) == Array("89".utf8))
            #expect(try store.get(key, bytes: 3..<3, of: tag) == [])
            #expect(try store.get(key, bytes: 10..<11, of: tag) == [])
            try store.put(key, Array("9876543210".utf8))
            #expect(throws: StorageError.conditionFailed(key: "a")) {
                try store.get(key, bytes: 2..<5, of: tag)
            }
            try store.delete(key)
            #expect(throws: StorageError.conditionFailed(key: "a")) {
                try store.get(key, bytes: 2..<5, of: tag)
            }
        }

        @Test(arguments: StoreKind.allCases)
        func writesOnlyWhereTheConditionHolds(_ kind: StoreKind) throws {
            let store = try store(kind)
            let key = try BlobKey("leases/check-m1")
            let failed = StorageError.conditionFailed(key: key.text)
            #expect(throws: failed) {
                try store.put(key, [0], if: .unchanged(EntityTag("\"0\"")))
            }
            let first = try store.put(key, [1], if: .absent)
            #expect(throws: failed) { try store.put(key, [2], if: .absent) }
            let second = try store.put(key, [3], if: .unchanged(first))
            #expect(throws: failed) { try store.put(key, [4], if: .unchanged(first)) }
            #expect(try store.get(key) == Blob(bytes: [3], tag: second))
            #expect(try store.honoursConditions())
        }

        @Test(arguments: StoreKind.allCases)
        func listsByPrefixInOrder(_ kind: StoreKind) throws {
            let store = try store(kind)
            for text in ["b", "checks/m-https.checks", "checks/a_1-http.checks", "checksum"] {
                try store.put(BlobKey(text), [1, 2])
            }
            #expect(
                try store.list(prefix: "").map(\.text) == [
                    "b", "checks/a_1-http.checks", "checks/m-https.checks", "checksum",
                ]
            )
            #expect(
                try store.list(prefix: "checks/").map(\.text) == [
                    "checks/a_1-http.checks", "checks/m-https.checks",
                ]
            )
            #expect(try store.list(prefix: "none/").isEmpty)
            let entry = try #require(try store.entries(prefix: "b").first)
            #expect(entry.byteCount == 2)
            #expect(abs(entry.modifiedAt - Lease.now()) < 60)
            // A version is the same in each listing, and different once other bytes of the same
            // length are stored.
            let version = try #require(entry.tag)
            #expect(try store.entries(prefix: "b").first?.tag == version)
            try store.put(BlobKey("b"), [0xFE, 0xED])
            #expect(try store.entries(prefix: "b").first?.tag != version)
        }

        /// Four writers increment a counter with conditional writes; every increment must survive.
        @Test(arguments: StoreKind.allCases)
        func losesNoUpdateBetweenWriters(_ kind: StoreKind) async throws {
            let store = try store(kind)
            let key = try BlobKey("counter")
            try store.put(key, [0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var done = 0
                        while done < 20 {
                            let blob = try #require(try store.get(key))
                            let next = try #require(blob.bytes.first) + 1
                            do throws(StorageError) {
                                try store.put(key, [next], if: .unchanged(blob.tag))
                                done += 1
                            } catch .conditionFailed {}
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try store.get(key)?.bytes == [80])
        }
    }
}
