import ConfiguredStorage
import FunctionRuntime
import ObjectStorage
import Synchronization
import TestSupport
import Testing

@testable import S3Storage

/// Servers that deviate from AWS.
///
/// Each test scripts one answer from a public bug report; all others are AWS's.
@Suite struct ServerQuirksTests {
    private typealias Server = ScriptedWebServer

    private func store(
        _ server: Server,
        _ more: [String: String] = [:]
    ) throws -> any BlobStore {
        try openStore(
            Environment(
                [
                    "STORAGE_URL": "s3://bucket", "S3_ENDPOINT": "http://127.0.0.1:\(server.port)",
                    "SECRETS_DIR": "/nowhere", "STORAGE_TIMEOUT_SECONDS": "5",
                ].merging(more) { $1 }
            )
        )
    }

    private static func error(_ status: String, _ code: String, _ message: String) -> String {
        Server.answer(
            status,
            body: "<Error><Code>\(code)</Code><Message>\(message)</Message></Error>"
        )
    }

    private let key: BlobKey

    init() throws {
        key = try BlobKey("maps/europe.map")
    }

    /// The answers are Backblaze B2's 400 and Cloudflare R2's 501.
    @Test(arguments: [
        ("400 Bad Request", "InvalidArgument", "Unsupported header 'x-amz-checksum-crc32'"),
        (
            "501 Not Implemented", "NotImplemented",
            "Header 'x-amz-checksum-mode' with value 'ENABLED' not implemented"
        ),
        ("501 Not Implemented", "NotImplemented", "not implemented"),
    ])
    func leavesChecksumsOutWhereTheServerRefusesThem(
        status: String,
        code: String,
        message: String
    ) throws {
        let refusals = Mutex(0)
        let server = try Server { request, _ in
            if request.headers.keys.contains(where: { $0.hasPrefix("x-amz-checksum-") }) {
                refusals.withLock { $0 += 1 }
                return Self.error(status, code, message)
            }
            return Server.answer(
                "200 OK",
                ["ETag: \"1\""],
                body: request.method == "GET" ? "x" : ""
            )
        }
        let store = try store(server)
        #expect(try store.put(key, [1]) == EntityTag("\"1\""))
        #expect(try store.get(key)?.bytes == Array("x".utf8))
        #expect(try store.put(key, [2]) == EntityTag("\"1\""))
        // It is asked once, and all copies of the store remember the refusal.
        #expect(refusals.withLock { $0 } == 1)
    }

    @Test func sendsNoChecksumWhereTheyAreOff() throws {
        let server = try Server { request, _ in
            let hasChecksum = request.headers.keys.contains { $0.hasPrefix("x-amz-checksum-") }
            return hasChecksum
                ? Server.answer("500 No") : Server.answer("200 OK", ["ETag: \"1\""])
        }
        #expect(try store(server, ["S3_CHECKSUMS": "off"]).put(key, [1]) == EntityTag("\"1\""))
        #expect(
            throws: StorageError.misconfigured("S3_CHECKSUMS: expected auto or off, found \"no\"")
        ) {
            try store(server, ["S3_CHECKSUMS": "no"])
        }
    }

    /// A server that lacks conditional writes says so in its own words.
    @Test func saysWhatTheServerSaysOfConditions() throws {
        let server = try Server { request, _ in
            request.headers["if-none-match"] == nil
                ? Server.answer("200 OK", ["ETag: \"1\""])
                : Self.error(
                    "501 Not Implemented",
                    "NotImplemented",
                    "A header you provided implies functionality that is "
                        + "not implemented: If-None-Match"
                )
        }
        #expect {
            try store(server).put(key, [1], if: .absent)
        } throws: { error in
            guard case .conditionsRefused(let reason)? = error as? StorageError else {
                return false
            }
            return reason.contains("not implemented: If-None-Match")
        }
    }

    /// A 501 about something else says nothing about conditions.
    @Test func keepsOtherRefusalsInTheServersWords() throws {
        let server = try Server { _, _ in
            Self.error("501 Not Implemented", "NotImplemented", "versioning is not implemented")
        }
        #expect {
            _ = try store(server, ["S3_CHECKSUMS": "off"]).get(key)
        } throws: { error in
            guard case .unexpectedAnswer(_, let reason)? = error as? StorageError else {
                return false
            }
            return reason.contains("versioning is not implemented")
        }
    }

    @Test func understandsTagsWithoutQuotationMarks() throws {
        let server = try Server { request, _ in
            if request.headers["if-none-match"] == "abc" {
                return Server.answer("304 Not Modified", ["ETag: abc"])
            }
            if request.method == "PUT", request.headers["if-match"].map({ $0 != "abc" }) ?? false {
                return Server.answer("412 Precondition Failed")
            }
            return Server.answer(
                "200 OK",
                ["ETag: abc"],
                body: request.method == "GET" ? "x" : ""
            )
        }
        let store = try store(server)
        let blob = try #require(try store.get(key))
        #expect(try store.get(key, ifChangedFrom: blob.tag) == .unchanged)
        #expect(try store.put(key, [1], if: .unchanged(blob.tag)) == blob.tag)
    }

    @Test func readsChunkedBodiesAndRefusesCutOnes() throws {
        let server = try Server { request, _ in
            let head =
                "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nTransfer-Encoding: "
                + "chunked\r\nConnection: close\r\n\r\n"
            return head
                + (request.target.hasSuffix("whole") ? "3\r\nabc\r\n0\r\n\r\n" : "3\r\nabc\r\n")
        }
        let store = try store(server, ["STORAGE_TIMEOUT_SECONDS": "1"])
        #expect(try store.get(BlobKey("whole"))?.bytes == Array("abc".utf8))
        #expect(throws: StorageError.self) { try store.get(BlobKey("cut")) }
    }

    /// A body that ends with the connection may be incomplete.
    @Test func refusesABodyWithoutAnEnd() throws {
        let server = try Server { _, _ in
            "HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\n\r\nabc"
        }
        #expect(throws: StorageError.self) {
            try store(server, ["STORAGE_TIMEOUT_SECONDS": "1"]).get(key)
        }
    }

    @Test func followsATemporaryRedirectOfAWrite() throws {
        let second = try Server { request, _ in
            request.body == [1, 2]
                ? Server.answer("200 OK", ["ETag: \"2\""]) : Server.answer("500 No")
        }
        let first = try Server { request, _ in
            Server.answer(
                "307 Temporary Redirect",
                ["Location: http://127.0.0.1:\(second.port)\(request.target)"]
            )
        }
        #expect(try store(first).put(key, [1, 2]) == EntityTag("\"2\""))
    }

    @Test func followsNoRedirectToAnotherHostAndNoneWithoutEnd() throws {
        for target in ["http://192.0.2.1/x", "http://127.0.0.1.example.org/x", "ftp://127.0.0.1/x"]
        {
            let server = try Server { _, _ in
                Server.answer("307 Temporary Redirect", ["Location: \(target)"])
            }
            #expect {
                try store(server).put(key, [1])
            } throws: { error in
                guard case .unexpectedAnswer? = error as? StorageError else { return false }
                return true
            }
        }
        let loop = try Server { request, _ in
            Server.answer("307 Temporary Redirect", ["Location: \(request.target)"])
        }
        #expect(throws: StorageError.self) { try store(loop).put(key, [1]) }
    }

    @Test(arguments: [
        ("http://s3.eu.example.org", "https://s3-us.example.org/b/k", true),
        ("https://s3.eu.example.org", "http://s3.eu.example.org/b/k", false),
        ("https://s3.eu.example.org", "https://example.org.evil.test/b/k", false),
        ("https://s3.eu.example.org", "https://a@s3.eu.example.org/b/k", false),
        ("http://[::1]:9000", "http://[::1]:9000/b/k", true),
        ("http://10.0.0.1:9000", "http://10.0.0.1:9001/b/k", true),
        ("http://10.0.0.1:9000", "http://9.0.0.1:9000/b/k", false),
    ])
    func isRedirectedWithinItsDomainAlone(endpoint: String, target: String, isAllowed: Bool) throws
    {
        let location = try S3Location(
            bucket: "bucket",
            prefix: "",
            region: "us-east-1",
            endpoint: endpoint,
            addressing: .path
        )
        #expect(location.mayBeRedirected(to: target) == isAllowed)
    }

    private static func page(_ keys: [String], _ rest: String) -> String {
        let contents = keys.map {
            "<Contents><Key>\($0)</Key><LastModified>2026-11-22T16:28:56+00:00</LastModified>"
                + "<ETag>x</ETag><Size>1</Size></Contents>"
        }
        return Server.answer(
            "200 OK",
            ["Content-Type: application/xml"],
            body: "<ListBucketResult xmlns=\"x\">\(contents.joined())\(rest)</ListBucketResult>"
        )
    }

    @Test func readsListingsWithoutIsTruncatedAndWithOffsets() throws {
        let server = try Server { request, _ in
            request.target.contains("continuation-token=two")
                ? Self.page(["b"], "")
                : Self.page(["a"], "<NextContinuationToken>two</NextContinuationToken>")
        }
        let entries = try store(server).entries(prefix: "")
        #expect(entries.map(\.key.text) == ["a", "b"])
        #expect(entries.first?.modifiedAt == 1_795_364_936)
    }

    @Test(arguments: ["same", "alternating", "endless"])
    func endsListingsThatHaveNoEnd(kind: String) throws {
        let server = try Server { _, number in
            let token =
                switch kind {
                case "same": "t"
                case "alternating": "t\(number % 2)"
                default: "t\(number)"
                }
            return Self.page(
                ["a"],
                "<IsTruncated>true</IsTruncated>"
                    + "<NextContinuationToken>\(token)</NextContinuationToken>"
            )
        }
        let clock = ContinuousClock()
        let start = clock.now
        #expect(throws: StorageError.self) {
            try store(server, ["STORAGE_TIMEOUT_SECONDS": "2"]).entries(prefix: "")
        }
        #expect(clock.now - start < .seconds(30))
    }
}
