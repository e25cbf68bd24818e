import Foundation
import TestSupport
import Testing

/// The host module for fetch, in Deno.
struct FetchHostTests {
    @Test func denoAnswersAsTheEdgeDoes() throws {
        let folder = try TemporaryFolder("deno")
        try EdgeWorld(.plain).write(to: folder)
        let state = try PythonServer(root: folder.appending("state"))
        let deno = "\(Repository.root)/.build-tools/bin/deno"
        guard FileManager.default.isExecutableFile(atPath: deno) else {
            throw EdgeModule.Failure(description: "no \(deno): run make setup-tests")
        }
        let streams = try FunctionStreams()
        let child = try FunctionBinary(
            deno,
            environment: ["PATH": "/usr/bin:/bin", "DENO_DIR": folder.path, "NO_COLOR": "1"]
        ).start(
            arguments: [
                "run", "--allow-net", "--allow-read", "--no-remote", "--quiet",
                "\(Repository.root)/Tests/EdgeTests/Programs/deno.mjs",
                "\(EdgeModule.built())/redirector.wasm", EdgeModule.hosts, state.baseURL,
            ],
            streams: streams
        )
        defer { child.stop() }
        #expect(
            eventually(within: 60, every: 0.05) { (try? streams.printed.contains("\n")) == true }
        )
        let port = try #require(
            Int(streams.printed.trimmingCharacters(in: .whitespacesAndNewlines))
        )
        func get(_ target: String, _ viewer: [String: String] = [:]) throws -> HTTPResponse {
            try HTTPConnection(port: port)
                .response(to: HTTPRequest("GET", target, headers: viewer))
        }
        let redirect = try get("/distfiles/0/package-0-1.2.3.tar.xz")
        #expect(redirect.status == 302)
        #expect(redirect["redirector"] == "mirror")
        let file = "/distfiles/0/package-0-1.2.3.tar.xz"
        for (latitude, mirror) in EdgeWorld.mirrorsByLatitude {
            let place = ["X-Test-Latitude": "\(latitude)", "X-Test-Longitude": "8"]
            #expect(
                try get(file, place)["location"]?.contains("//\(mirror).") == true,
                "\(latitude)"
            )
        }
        let member = try get(file, ["X-Test-ASN": "64500"])
        #expect(member["location"]?.contains("//mirror2.") == true)
        // A client's own statement about its place is ignored.
        let forged = try get(
            file,
            ["X-Test-Country": "DE", "CloudFront-Viewer-ASN": "64500"]
        )
        #expect(forged["location"]?.contains("//mirror0.") == true)
        #expect(try get("/?mirrorlist").status == 200)
        #expect(
            try get("/nowhere/%252F+?a=b")["location"]
                == "https://fallback.example/all/nowhere/%252F%2B?a=b"
        )
        #expect(try get("/x%2Fy").status == 400)
    }
}
