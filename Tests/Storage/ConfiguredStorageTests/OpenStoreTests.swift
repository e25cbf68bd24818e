import ConfiguredStorage
import FunctionRuntime
import ObjectStorage
import S3Storage
import TestSupport
import Testing

@Suite struct OpenStoreTests {
    @Test func opensAFolder() throws {
        let folder = try TemporaryFolder("store")
        let store = try openStore(Environment(["STORAGE_URL": "file://\(folder.path)"]))
        _ = try store.put(BlobKey("maps/a"), [1])
        #expect(try FileStore(folder: folder.path).get(BlobKey("maps/a"))?.bytes == [1])
    }

    @Test func opensABucket() throws {
        let server = try ScriptedWebServer { request, _ in
            let isRight = request.target == "/mirrors/gentoo/maps/a"
            return ScriptedWebServer.answer(
                isRight ? "200 OK" : "400 Bad Request",
                ["ETag: \"1\""],
                body: "x"
            )
        }
        let store = try openStore(
            Environment([
                "STORAGE_URL": "s3://mirrors/gentoo", "SECRETS_DIR": "/nonexistent",
                "S3_ENDPOINT": "http://127.0.0.1:\(server.port)",
            ])
        )
        #expect(store is S3Store)
        #expect(try store.get(BlobKey("maps/a"))?.bytes == Array("x".utf8))
    }

    @Test func takesAnotherURLWithTheSameSettings() throws {
        let folder = try TemporaryFolder("store")
        let environment = Environment(["STORAGE_URL": "s3://mirrors"])
        #expect(try openStore("file://\(folder.path)", environment) is FileStore)
    }

    @Test(arguments: [
        ["AWS_ACCESS_KEY_ID": "a"], ["AWS_SECRET_ACCESS_KEY": "a"],
        ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b\r\nX: y"],
        ["S3_ADDRESSING": "both"], ["S3_REGION": "a:b"], ["STORAGE_TIMEOUT_SECONDS": "0"],
        ["S3_ENDPOINT": "nowhere"], ["S3_CHECKSUMS": "some"],
        ["S3_ENDPOINT": "https://user:hidden@host:9000"],
    ])
    func refusesOddSettings(_ settings: [String: String]) {
        let usual = ["STORAGE_URL": "s3://maps", "SECRETS_DIR": "/nonexistent"]
        #expect {
            try openStore(Environment(usual.merging(settings) { $1 }))
        } throws: { error in
            guard case StorageError.misconfigured = error else { return false }
            return !"\(error)".contains("hidden")
        }
    }

    @Test func refusesOtherURLs() {
        #expect(throws: StorageError.self) {
            try openStore(Environment(["STORAGE_URL": "ftp://maps"]))
        }
    }
}
