import Foundation
import TestSupport
import Testing

/// The redirector as a CGI program of real web servers, configured as in docs/deploy-machine.md.
@Suite struct CGIHostTests {
    @Test(arguments: OtherServer.Kind.allCases)
    func redirectsLikeTheServerDoes(_ kind: OtherServer.Kind) throws {
        let gateway = try GatewayProcess(["--once"])
        #expect(gateway.child.wait(until: Date(timeIntervalSinceNow: 120)) == .exited(0))
        let storageURL = "file://\(gateway.storage)"
        let server = try Redirector(storageURL: storageURL, region: "europe")
        let host = try OtherServer(
            kind,
            root: gateway.folder.path,
            more: try configuration(
                of: kind,
                storageURL: storageURL,
                folder: gateway.folder.path
            )
        )

        let paths =
            ["layout.conf", "none-such", "a+b c.zip"].map { "distfiles/\($0)" }
            + SampleTree.oddNames.map { "distfiles/\($0)" }
            + ["distfiles/", "releases/amd64"]
        for path in paths {
            let target = "/" + percentEncoded(path.utf8)
            let expected = try server.location(of: target)
            for options in [["--head"], []] {
                let answer = try answer(host, target, options)
                #expect(answer.status == "302", "\(options) \(target)")
                #expect(answer.fields["location"] == expected, "\(options) \(target)")
                #expect(answer.body.isEmpty == (options == ["--head"]))
            }
        }
        let query = try answer(host, "/distfiles/none-such?a=b&c")
        #expect(query.fields["location"] == Redirector.fallback + "distfiles/none-such?a=b&c")
        #expect(query.fields["cache-control"] == "no-store")
        #expect(try answer(host, "/distfiles/a", ["--data", "x"]).status == "405")
        #expect(try answer(host, "/distfiles/a%2Fb").status == "400")
    }

    /// The answer as curl gets it: Apache may send the body of a CGI program in chunks.
    private func answer(
        _ host: OtherServer,
        _ target: String,
        _ options: [String] = []
    ) throws -> (status: String, fields: [String: String], body: String) {
        let curl = try FunctionBinary("/usr/bin/curl").run(
            arguments: options + [
                "--silent", "--include", "--path-as-is", host.baseURL + target.dropFirst(),
            ]
        )
        try #require(curl.isSuccess, "\(curl)")
        let parts = curl.output.replacing("\r\n", with: "\n").split(
            separator: "\n\n",
            maxSplits: 1
        )
        let lines = try #require(parts.first).split(separator: "\n")
        let fields = lines.dropFirst().map { line in
            let pair = line.split(separator: ":", maxSplits: 1)
            return (pair[0].lowercased(), String(pair.last?.drop { $0 == " " } ?? ""))
        }
        return (
            String(lines[0].split(separator: " ")[1]),
            Dictionary(fields) { first, _ in first },
            parts.count == 2 ? String(parts[1]) : ""
        )
    }

    /// The block of docs/deploy-machine.md that begins with the server's name, with this test's
    /// paths in it.
    private func configuration(
        of kind: OtherServer.Kind,
        storageURL: String,
        folder: String
    ) throws -> String {
        let guide = try String(
            contentsOfFile: "\(Product.root)/docs/deploy-machine.md",
            encoding: .utf8
        )
        let lines = guide.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0.lowercased().hasPrefix("    # \(kind)") })
        let block = lines[start...].prefix { $0.hasPrefix("    ") }.joined(separator: "\n")
        #expect(block.contains("/usr/local/bin/redirector"))
        let modules = "/usr/lib/apache2/modules"
        let loading =
            kind == .apache
            ? ["alias", "cgid", "env"].map { "LoadModule \($0)_module \(modules)/mod_\($0).so\n" }
                .joined() + "ScriptSock \(folder)/cgi.sock\n" : ""
        return loading
            + block.replacing("/usr/local/bin", with: Product.binaries)
            .replacing("file:///var/lib/redirector", with: storageURL)
            .replacing("https://distfiles.example.org/", with: Redirector.fallback)
    }
}
