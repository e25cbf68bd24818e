import Foundation
import TestSupport
import Testing

/// Passwords in the configuration appear in no log, no error and no result.
@Suite struct SecretsInOutputTests {
    private static let secret = "Hush4711"

    /// The functions, each with a setting that contains the secret and is invalid or leads nowhere.
    private static let settings: [(function: String, variable: String, value: String)] = [
        ("leader", "MIRRORS", "http://user:\(secret)@127.0.0.1:1/list.xml"),
        ("leader", "MIRRORS", "http://127.0.0.1:1/list.xml?key=\(secret)"),
        ("leader", "MIRRORS", "gopher://user:\(secret)@host/"),
        ("leader", "RSYNC", "rsync://user:\(secret)@127.0.0.1:1/module/"),
        ("leader", "RSYNC", "http://user:\(secret)@127.0.0.1:1/module/"),
        ("leader", "GATEWAY_URL", "http://user:\(secret)@127.0.0.1:1"),
        ("leader", "STORAGE_URL", "s3://user:\(secret)@bucket/prefix"),
        ("checker", "GATEWAY_URL", "http://user:\(secret)@127.0.0.1:1"),
        ("checker", "GATEWAY_URL", "ftp://user:\(secret)@127.0.0.1:1"),
        ("checker", "S3_ENDPOINT", "http://user:\(secret)@127.0.0.1:1"),
        ("builder", "S3_ENDPOINT", "http://user:\(secret)@127.0.0.1:1"),
        ("builder", "STORAGE_URL", "https://user:\(secret)@bucket/"),
        ("redirector", "FALLBACK_URL", "http://user:\(secret)@127.0.0.1:1/"),
        ("redirector", "STATUS_URL", "http://user:\(secret)@127.0.0.1:1/"),
    ]

    @Test(arguments: settings)
    func noPasswordIsShown(function: String, variable: String, value: String) throws {
        let folder = try TemporaryFolder("secrets-in-output")
        try SampleTree(distfiles: 3).write(to: folder.appending("tree"))
        let lists = (0..<3).map { mirror in
            #"{"name": "m\#(mirror)", "country": "DE", "#
                + #""urls": ["http://127.0.0.\#(mirror + 2):1/"]}"#
        }
        try folder.write("{\"mirrors\": [\(lists.joined(separator: ", "))]}", to: "mirrors.json")
        let store = "file://\(try folder.makeFolder("storage"))"
        let base = [
            "STORAGE_URL": store, "TREE": folder.appending("tree"),
            "MIRRORS": "file://" + folder.appending("mirrors.json"), "LOG_LEVEL": "debug",
            "REGION": "europe", "FALLBACK_URL": "http://fallback.invalid/", "LISTEN": "127.0.0.1",
            "STORAGE_TIMEOUT_SECONDS": "1", "CHECK_BUDGET_SECONDS": "3", "PORT": "0",
        ]
        // The checker and the leader need some work to hand out.
        let prepared = try Product.function("leader", environment: base).run(seconds: 60)
        #expect(prepared.isSuccess, "\(prepared)")
        var environment = base
        environment[variable] = value
        if variable == "S3_ENDPOINT" { environment["STORAGE_URL"] = "s3://bucket/prefix" }
        if variable == "RSYNC" { environment["TREE"] = nil }
        if variable == "GATEWAY_URL" {
            // A new file, so that the gateway is called.
            try folder.write("new", to: "tree/distfiles/new.tar")
        }
        let result = try Product.function(function, environment: environment).run(seconds: 60)
        let shown = "\(result.output)\(result.log)"
        #expect(!shown.contains(Self.secret), "\(shown)")
        #expect(!shown.isEmpty)
    }
}
