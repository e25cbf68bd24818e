import ConfiguredStorage
import FunctionRuntime
import ObjectStorage
import TestSupport
import Testing

@testable import S3Storage

/// Properties of buckets alone.
extension S3Tests {
    @Suite struct S3StoreTests {
        /// 1,001 blobs need two pages.
        @Test func followsListingsOverPages() async throws {
            let store = try SeaweedFS.shared.store()
            let keys = try (0...1000).map { try BlobKey("checks/m\($0 + 10_000).checks") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for part in 0..<8 {
                    group.addTask {
                        for index in stride(from: part, to: keys.count, by: 8) {
                            try store.put(keys[index], [])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try store.list(prefix: "checks/m") == keys)
        }

        @Test func keepsPrefixesApart() throws {
            let server = try SeaweedFS.shared
            let key = try BlobKey("mirrors.json")
            try server.store("apart/one").put(key, [1])
            try server.store("apart/one-more").put(key, [2])
            #expect(try server.store("apart/one").list(prefix: "") == [key])
            #expect(
                try server.store("apart").list(prefix: "one/").map(\.text) == ["one/mirrors.json"]
            )
        }

        @Test func readsAnonymouslyButWritesNot() throws {
            let server = try SeaweedFS.shared
            let key = try BlobKey("maps/europe.map")
            try server.store("public").put(key, [1])
            let store = S3Store(
                location: try S3Location(
                    bucket: server.bucket,
                    prefix: "public",
                    region: "us-east-1",
                    endpoint: "http://127.0.0.1:\(server.port)",
                    addressing: nil
                ),
                credentials: nil
            )
            #expect(try store.get(key)?.bytes == [1])
            #expect {
                try store.put(key, [2])
            } throws: { error in
                if case StorageError.accessDenied = error { true } else { false }
            }
        }

        @Test func namesABucketThatDoesNotExist() throws {
            let server = try SeaweedFS.shared
            var environment = server.environment()
            environment["STORAGE_URL"] = "s3://nobody-made-this"
            let store = try openStore(.init(environment))
            let key = try BlobKey("a")
            for operation in [{ _ = try store.get(key) }, { try store.put(key, []) }] {
                #expect(throws: StorageError.noBucket("nobody-made-this")) { try operation() }
            }
        }

        /// The error about a wrong secret must contain neither that one nor the right one.
        @Test func keepsSecretsOutOfErrors() throws {
            let server = try SeaweedFS.shared
            var environment = server.environment()
            environment["AWS_SECRET_ACCESS_KEY"] = "not-the-secret"
            environment["AWS_SESSION_TOKEN"] = "token-of-a-session"
            let store = try openStore(.init(environment))
            #expect {
                try store.get(BlobKey("a"))
            } throws: { error in
                let text = "\(error) \(String(reflecting: error))"
                return text.contains("storage refuses to read a")
                    && !text.contains("not-the-secret") && !text.contains("token-of-a-session")
                    && !text.contains(server.secretKey)
            }
            var dumped = ""
            dump(store, to: &dumped)
            #expect(!dumped.contains("not-the-secret"))
            #expect(!dumped.contains("token-of-a-session"))
        }

        /// The token of temporary keys is sent with each request, and is signed.
        @Test func sendsTheTokenOfASession() throws {
            let proxy = try FaultProxy(to: SeaweedFS.shared.port)
            defer { proxy.stop() }
            var environment = try SeaweedFS.shared.environment(port: proxy.port)
            environment["AWS_SESSION_TOKEN"] = "token-of-a-session"
            let store = try openStore(.init(environment))
            // Servers differ in how they treat an invalid token.
            _ = try? store.get(BlobKey("a"))
            let head = proxy.latestHead.lowercased()
            #expect(head.contains("\r\nx-amz-security-token: token-of-a-session\r\n"))
            let signed = try #require(head.firstRange(of: "signedheaders="))
            let names = head[signed.upperBound...].prefix { $0 != "," }.split(separator: ";")
            #expect(names.contains("x-amz-security-token"))
            #expect(names.contains("x-amz-content-sha256"))
            #expect(names.contains("host"))
        }

        @Test func tellsTheServersTimeWhereTheClocksDiffer() throws {
            let proxy = try FaultProxy(to: SeaweedFS.shared.port)
            defer { proxy.stop() }
            try proxy.inject(.clockSkew)
            let store = try SeaweedFS.shared.store(port: proxy.port)
            #expect {
                try store.get(BlobKey("a"))
            } throws: { error in
                error as? StorageError == .clockSkew(serverTime: "Sun, 22 Nov 2026 12:00:00 GMT")
                    && "\(error)".contains("set this host's clock")
            }
        }

        @Test func reusesItsConnection() throws {
            let server = try SeaweedFS.shared
            let proxy = try FaultProxy(to: server.port)
            defer { proxy.stop() }
            let store = try server.store(port: proxy.port)
            for index in 0..<20 { try store.put(BlobKey("blob\(index)"), [1]) }
            #expect(proxy.requestCount == 20)
            #expect(proxy.connectionCount == 1)
        }

        /// The write succeeds but its answer is lost, and the next attempt finds what the first one
        /// wrote.
        @Test func knowsItsOwnWriteAgain() throws {
            let server = try SeaweedFS.shared
            let proxy = try FaultProxy(to: server.port)
            defer { proxy.stop() }
            let store = try server.store(port: proxy.port)
            let key = try BlobKey("catalog/current")
            try proxy.inject(.reset, count: 1)
            let first = try store.put(key, [1], if: .absent)
            #expect(try store.get(key) == Blob(bytes: [1], tag: first))
            try proxy.inject(.reset, count: 1)
            let second = try store.put(key, [2], if: .unchanged(first))
            #expect(try store.get(key) == Blob(bytes: [2], tag: second))
            #expect(proxy.requestCount == 8)
        }

        /// Another writer's bytes are not mistaken for one's own, even if they are equal.
        @Test func knowsAnothersWriteFromItsOwn() throws {
            let server = try SeaweedFS.shared
            let proxy = try FaultProxy(to: server.port)
            defer { proxy.stop() }
            let prefix = "another"
            let store = try server.store(prefix, port: proxy.port)
            let key = try BlobKey("counter")
            let tag = try store.put(key, [1])
            try server.store(prefix).put(key, [2], if: .unchanged(tag))
            try proxy.inject(.internalError, count: 1)
            #expect(throws: StorageError.conditionFailed(key: "counter")) {
                try store.put(key, [2], if: .unchanged(tag))
            }
        }

        @Test func waitsAsLongAsTheServerSays() throws {
            let server = try SeaweedFS.shared
            let proxy = try FaultProxy(to: server.port)
            defer { proxy.stop() }
            let store = try server.store(port: proxy.port)
            try proxy.inject(.slowDown, count: 1)
            let start = ContinuousClock.now
            try store.put(BlobKey("a"), [1])
            #expect(ContinuousClock.now - start >= .seconds(1))
        }
    }
}
