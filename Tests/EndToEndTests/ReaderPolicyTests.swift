import Foundation
import TestSupport
import Testing

/// The two policies of docs/storage.md for a bucket, each enforced by a real server: moto evaluates
/// them as they are, SeaweedFS has the reader's as an identity.
@Suite struct ReaderPolicyTests {
    enum Server: CaseIterable {
        case moto
        case seaweedFS
    }

    private struct Key: Sendable {
        let id: String
        let secret: String
    }

    /// The policies in docs/storage.md: first the writers', then the redirectors'.
    private static func policies() throws -> [String] {
        let page = try String(contentsOfFile: "\(Repository.root)/docs/storage.md", encoding: .utf8)
        let policies = page.split(separator: "```json\n").dropFirst()
            .compactMap { $0.components(separatedBy: "```").first }
            .filter { $0.contains("\"Statement\"") }
        try #require(policies.count == 2)
        return policies
    }

    /// The keys below the store's that the redirector's policy allows it to read, as patterns.
    private static func readable() throws -> [String] {
        struct Policy: Decodable {
            struct Statement: Decodable {
                var resources: [String]

                enum CodingKeys: String, CodingKey { case resources = "Resource" }

                init(from decoder: any Decoder) throws {
                    let container = try decoder.container(keyedBy: CodingKeys.self)
                    resources = (try? container.decode([String].self, forKey: .resources)) ?? []
                }
            }
            var statements: [Statement]

            enum CodingKeys: String, CodingKey { case statements = "Statement" }
        }
        let start = "arn:aws:s3:::my-bucket/redirector/"
        return try JSONDecoder().decode(Policy.self, from: Data(policies()[1].utf8))
            .statements.flatMap(\.resources)
            .map { try #require($0.hasPrefix(start) ? String($0.dropFirst(start.count)) : nil) }
    }

    /// A bucket whose server enforces the policies.
    private struct Bucket {
        let server: any Sendable
        let port: Int
        let name: String
        let writer: Key
        let reader: Key

        var url: String { "s3://\(name)/redirector" }

        func environment(_ key: Key) -> [String: String] {
            [
                "STORAGE_URL": url, "S3_ENDPOINT": "http://127.0.0.1:\(port)",
                "S3_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": key.id,
                "AWS_SECRET_ACCESS_KEY": key.secret,
            ]
        }

        /// The status of a request for a blob, signed by the reader's key.
        func status(_ method: String, _ blob: String) throws -> String {
            try ClientTool.attempt(
                "curl",
                [
                    "--silent", "--request", method, "--aws-sigv4", "aws:amz:us-east-1:s3",
                    "--user", "\(reader.id):\(reader.secret)", "--output", "/dev/null",
                    "--header", "x-amz-content-sha256: UNSIGNED-PAYLOAD", "--write-out",
                    "%{http_code}", "http://127.0.0.1:\(port)/\(name)/redirector/\(blob)",
                ] + (method == "PUT" ? ["--data-binary", "mine"] : [])
            ).output
        }
    }

    private static func bucket(on server: Server) throws -> Bucket {
        switch server {
        case .seaweedFS:
            let server = try SeaweedFS(
                readerActions: ["List:redirector"]
                    // It matches prefixes of names, and no whole names.
                    + readable().map { "Read:redirector/redirector/\($0)" }
                    .map { $0.hasSuffix("*") ? $0 : "\($0)*" }
            )
            return Bucket(
                server: server,
                port: server.port,
                name: server.bucket,
                writer: Key(id: server.accessKey, secret: server.secretKey),
                reader: Key(id: SeaweedFS.readerKey, secret: SeaweedFS.readerSecret)
            )
        case .moto:
            let server = try Moto()
            let connection = HTTPConnection(port: server.port)
            _ = try connection.response(to: HTTPRequest("PUT", "/my-bucket"))
            let keys = try policies().enumerated().map { number, policy in
                try key(of: "user\(number)", policy, connection)
            }
            // From now on every request needs a policy that allows it.
            let enforced = try connection.response(
                to: HTTPRequest(
                    "POST",
                    "/moto-api/reset-auth",
                    headers: ["Content-Type": "text/plain"],
                    body: Array("0".utf8)
                )
            )
            try #require(enforced.status == 200)
            return Bucket(
                server: server,
                port: server.port,
                name: "my-bucket",
                writer: keys[0],
                reader: keys[1]
            )
        }
    }

    /// A new user of moto's IAM with one policy.
    private static func key(
        of user: String,
        _ policy: String,
        _ connection: HTTPConnection
    ) throws -> Key {
        func ask(_ action: String, _ parameters: [String: String] = [:]) throws -> String {
            let all = parameters.merging(
                ["Action": action, "UserName": user, "Version": "2010-05-08"]
            ) { $1 }
            let body = all.map { "\($0)=\(percentEncoded(Array($1.utf8)))" }.joined(separator: "&")
            let response = try connection.response(
                to: HTTPRequest(
                    "POST",
                    "/",
                    headers: [
                        "Content-Type": "application/x-www-form-urlencoded",
                        "Authorization": "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iam/"
                            + "aws4_request, SignedHeaders=host, Signature=x",
                    ],
                    body: Array(body.utf8)
                )
            )
            let text = String(decoding: response.body, as: UTF8.self)
            try #require(response.status == 200, "\(text)")
            return text
        }
        func element(_ name: String, of text: String) throws -> String {
            let parts = text.components(separatedBy: "<\(name)>")
            try #require(parts.count == 2)
            return try #require(parts[1].components(separatedBy: "</").first)
        }
        _ = try ask("CreateUser")
        _ = try ask("PutUserPolicy", ["PolicyName": "store", "PolicyDocument": policy])
        let made = try ask("CreateAccessKey")
        return Key(
            id: try element("AccessKeyId", of: made),
            secret: try element("SecretAccessKey", of: made)
        )
    }

    @Test(arguments: Server.allCases)
    func aRedirectorReadsWhatItNeedsAndWritesNothing(server: Server) throws {
        let staged = try StagedStorage(on: .folder)
        defer { staged.stop() }
        try staged.folder.write(
            """
            {"version": 1, "regions": [{"name": "Europe", "countries": ["DE"],
            "location": {"latitude": 50.1, "longitude": 8.7}}]}
            """,
            to: "built/regions.json"
        )
        let bucket = try Self.bucket(on: server)
        func storage(_ arguments: [String], _ key: Key) throws -> FunctionResult {
            try Product.function("storage", environment: bucket.environment(key))
                .run(arguments: arguments, seconds: 120)
        }
        // The writers' policy suffices to fill the bucket and to verify it.
        let copied = try storage(
            ["copy", "file://\(staged.folder.appending("built"))", bucket.url],
            bucket.writer
        )
        try #require(copied.isSuccess, "\(copied)")
        let listed = try storage(["ls"], bucket.writer)
        let keys = listed.output.split(separator: "\n").compactMap {
            $0.split(separator: " ").last.map { String($0) }
        }
        #expect(keys.contains("maps/europe.map") && keys.contains("mirrors.json"), "\(listed)")

        // A redirector with the reader's secrets can do all its work.
        _ = try staged.folder.makeFolder("secrets")
        try staged.folder.write(bucket.reader.id, to: "secrets/s3-read-access-key")
        try staged.folder.write(bucket.reader.secret, to: "secrets/s3-read-secret-key")
        var environment = bucket.environment(bucket.reader).filter { !$0.key.hasPrefix("AWS_") }
        environment["SECRETS_DIR"] = staged.folder.appending("secrets")
        environment["CACHE_DIR"] = try staged.folder.makeFolder("cache")
        environment["DEFAULT_REGION"] = "europe"
        let redirector = try Redirector(
            storageURL: bucket.url,
            region: "auto",
            environment: environment
        )
        let file = try #require(
            try staged.network.master.everyPath().first { entry in
                !entry.isDirectory
                    && staged.network.copies.allSatisfy { copy in
                        copy.tree.entry(at: entry.path) != nil
                    }
            }
        )
        let path = "/\(file.encodedPath)"
        let isServed = eventually(within: 60) {
            (try? redirector.location(of: path))??.hasPrefix(Redirector.fallback) == false
        }
        #expect(isServed)
        for page in ["?mirrorlist", "?explain", "?meta4"] {
            #expect(redirector.status(of: path + page) == 200, "\(page)")
        }
        let log = try redirector.log
        #expect(!log.contains("403") && !log.lowercased().contains("denied"), "\(log)")

        // Its key permits nothing more.
        let readable = try Self.readable()
        for key in keys where !key.hasPrefix("leases/") {
            let isReadable = readable.contains { pattern in
                pattern.hasSuffix("*") ? key.hasPrefix(pattern.dropLast()) : key == pattern
            }
            #expect(try bucket.status("GET", key) == (isReadable ? "200" : "403"), "\(key)")
            #expect(try bucket.status("PUT", key) == "403", "\(key)")
            #expect(try bucket.status("DELETE", key) == "403", "\(key)")
        }
        #expect(try bucket.status("PUT", "maps/new.map") == "403")
        #expect(try bucket.status("GET", "maps/none.map") == "404")
        for function in ["leader", "checker", "builder"] {
            var environment = staged.environment(of: "built")
            environment.merge(bucket.environment(bucket.reader)) { $1 }
            let result = try Product.function(function, environment: environment).run(seconds: 120)
            #expect(!result.isSuccess, "\(function)")
        }
        let after = try storage(["ls"], bucket.writer)
        #expect(after.output == listed.output)
        #expect(try storage(["verify"], bucket.writer).isSuccess)
    }
}
