import Foundation
import TestSupport
import Testing

/// A mirror that redirects missing files to a redirector seems to have every file.
@Suite struct LoopingMirrorTests {
    @Test func aMirrorThatSendsBackWhatItLacksIsGivenNothingOfThat() throws {
        let folder = try TemporaryFolder("loop")
        for (mirror, files) in [("whole", ["a", "b"]), ("looping", ["a"])] {
            try folder.makeFolder("\(mirror)/d")
            for file in files { try folder.write("content of \(file)", to: "\(mirror)/d/\(file)") }
        }
        let storageURL = "file://\(try folder.makeFolder("storage"))"
        let redirector = try Redirector(
            storageURL: storageURL,
            region: "europe",
            environment: ["RETRY_SECONDS": "0", "DRAIN_SECONDS": "0"],
            readiness: "/_/health"
        )
        let whole = try Nginx(server: "autoindex on;", root: folder.appending("whole"))
        let looping = try Nginx(
            server: """
                error_page 404 = @lacking;
                location @lacking { return 302 \(redirector.url)$request_uri; }
                """,
            root: folder.appending("looping")
        )
        // The looping mirror is the nearest.
        let list = MirrorListDocument(
            entries: zip([looping, whole], [0, 3]).map { server, number in
                MirrorListDocument.Entry(url: server.baseURL, country: number)
            }
        )
        try folder.write(list.xml, to: "mirrors.xml")
        let request =
            "{\"tree\":\"\(folder.appending("whole"))\","
            + "\"mirrors\":\"file://\(folder.appending("mirrors.xml"))\"}"
        try Product.runCycle(storageURL: storageURL, leaderRequest: request)
        #expect(
            try eventually(within: 30) {
                try redirector.location(of: "/d/a") == "\(looping.baseURL)d/a"
            }
        )
        #expect(try redirector.location(of: "/d/b") == "\(whole.baseURL)d/b")
        let file = try ClientTool.run(
            "curl",
            ["--silent", "--show-error", "--fail", "--location", "\(redirector.url)/d/b"]
        )
        #expect(file.output == "content of b")
    }
}
