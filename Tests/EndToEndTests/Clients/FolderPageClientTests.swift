import Foundation
import TestSupport
import Testing

/// Folders as seen by a browser and by a program, with `BROWSE` on.
extension ClientTests {
    @Test func aBrowserSeesAFolderAndAProgramIsRedirected() throws {
        // A separate store: the network's is for tests without folder pages.
        let folder = try TemporaryFolder("browse")
        let storage = folder.appending("storage")
        try FileManager.default.copyItem(
            atPath: String(network.storageURL.dropFirst("file://".count)),
            toPath: storage
        )
        let environment = ["STORAGE_URL": "file://\(storage)", "BROWSE": "on"]
        let built = try Product.function("builder", environment: environment).run("")
        #expect(built.isSuccess, "\(built)")
        let redirector = try Redirector(
            storageURL: "file://\(storage)",
            region: "europe",
            environment: [
                "FALLBACK_URL": network.master.server.baseURL, "DRAIN_SECONDS": "0",
                "BROWSE": "on",
            ]
        )
        let url = "\(redirector.url)/distfiles/"
        let accept = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        let page = try ClientTool.run("curl", ["--silent", "--include", "--header", accept, url])
        for text in [
            "HTTP/1.1 200 OK", "<a href=\"example-1.0.tar.xz\">example-1.0.tar.xz</a>",
            "sha-256 ", "<a href=\"single-1.0.tar.xz?mirrorlist\">1</a>",
        ] { #expect(page.output.contains(text), "\(text) in \(page.output)") }
        let head = try ClientTool.run("curl", ["--silent", "--include", url])
        #expect(head.output.contains("HTTP/1.1 302 Found"), "\(head)")
        // Its page is an index of its own.
        let simple = try ClientTool.run(
            "curl",
            ["--silent", "--include", "--header", accept, "\(redirector.url)/simple/hello/"]
        )
        #expect(simple.output.contains("HTTP/1.1 302 Found"), "\(simple)")
    }
}
