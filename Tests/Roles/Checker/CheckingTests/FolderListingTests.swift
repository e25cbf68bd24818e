import Catalogs
import CheckPlanning
import Checking
import Foundation
import Mirrors
import TestSupport
import Testing

/// Folders as web servers list them, requested with GET questions.
@Suite struct FolderListingTests {
    static func transport(_ baseURL: String) throws -> WebTransport {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        return try WebTransports([.make("m", baseURL: baseURL)], settings).single
    }

    static func catalog(_ paths: [String]) -> Catalog {
        var catalog = Catalog(generation: 1)
        for path in paths { catalog.append(.make(path)) }
        return catalog
    }

    /// The replies to questions about the contents of `folders`, all put at once.
    static func replies(
        _ transport: any Transport,
        _ folders: [String],
        _ catalog: Catalog
    ) -> [Reply] {
        transport.expect(catalog)
        var replies: [Reply?] = Array(repeating: nil, count: folders.count)
        for folder in folders {
            transport.ask(
                Question(
                    accessPoint: 0,
                    subject: .listing,
                    path: Array(folder.utf8)[...],
                    isDirectory: true
                )
            )
        }
        // For a single folder the replies are in order; otherwise the content tells which one it
        // is.
        var count = 0
        _ = eventually(within: 60, every: 0) {
            transport.wait(atMost: .milliseconds(100)) { answer in
                guard answer.subject == .listing, count < folders.count else { return }
                replies[count] = answer.reply
                count += 1
            }
            return count == folders.count
        }
        return replies.map { $0 ?? .failed(reason: "NO ANSWER") }
    }

    static func listing(_ reply: Reply) throws -> FolderListing {
        guard case .listed(let listing) = reply else {
            Issue.record("\(reply)")
            return FolderListing()
        }
        return listing
    }

    @Test(arguments: ["", "gzip on; gzip_types *; gzip_min_length 1;"])
    func theExpectedNamesOfAFolderAreRead(compression: String) throws {
        let server = try Nginx(server: "autoindex on; \(compression)")
        try server.addFile("d/a b", byteCount: 12)
        try server.addFile("d/sub/c", byteCount: 13)
        try server.addFile("d/unexpected", byteCount: 14)
        try server.addFile("top", byteCount: 15)
        for number in 0..<2000 { try server.addFile("d/f\(number)", byteCount: number % 10) }
        let paths =
            ["d/a b", "d/sub", "d/missing", "d/sub/c", "top"] + (0..<2000).map { "d/f\($0)" }
        let catalog = Self.catalog(paths)
        let transport = try Self.transport(server.baseURL)
        let listing = try Self.listing(Self.replies(transport, ["d"], catalog)[0])
        #expect(listing.isWhole)
        #expect(listing.listedCount == 2003)
        let entries = Dictionary(uniqueKeysWithValues: listing.entries.map { ($0.id, $0) })
        #expect(entries.count == 2002)
        #expect(entries[FileID(0)] == .init(id: FileID(0), isDirectory: false, byteCount: 12))
        #expect(entries[FileID(1)] == .init(id: FileID(1), isDirectory: true))
        #expect(entries[FileID(2)] == nil)
        #expect(entries[FileID(104)]?.byteCount == 9)
        let root = try Self.listing(Self.replies(transport, [""], catalog)[0])
        #expect(root.entries == [.init(id: FileID(4), isDirectory: false, byteCount: 15)])
        #expect(root.isWhole)
    }

    @Test func whatIsNoListingSaysSo() throws {
        let server = try Nginx(
            server: """
                location /listed/ { autoindex on; }
                location /page/ { default_type text/html; return 200 "<h1>Hello</h1>"; }
                location /moved/ { return 302 /listed/; }
                """
        )
        try server.addFile("listed/index.html", byteCount: 12)
        try server.addFile("closed/a", byteCount: 12)
        let catalog = Self.catalog(["closed/a", "page/a", "none/a", "listed/index.html", "moved/a"])
        let transport = try Self.transport(server.baseURL)
        func reply(_ folder: String) -> Reply { Self.replies(transport, [folder], catalog)[0] }
        #expect(reply("closed") == .answered(status: 403, byteCount: nil))
        #expect(reply("none") == .answered(status: 404, byteCount: nil))
        #expect(reply("page") == .unusable(reason: "no listing: some other page"))
        // Every mirror has the files that the master wrote there.
        #expect(
            reply("listed")
                == .unusable(reason: "no listing: the folder has an index file of its own")
        )
        guard case .unusable(let reason, _) = reply("moved"), reason.contains("another file") else {
            Issue.record("a folder of another name is taken for this one")
            return
        }
    }

    /// A page that inflates to a hundred times its size is read up to the limit for pages.
    @Test func aBombIsCutAndItsNamesAreNotBelievedToBeAll() throws {
        let folder = try TemporaryFolder("bomb")
        let script = """
            import gzip
            with gzip.open('\(folder.path)/page', 'wb') as page:
                page.write(b'<title>Index of /</title><pre><a href="a">a</a> 1-Jan-2026 10:00 5\\n')
                row = b'<a href="x">x</a> 1-Jan-2026 10:00 5' + b' ' * 960 + b'\\n'
                for _ in range(20): page.write(row * 1000)
            """
        let made = try FunctionBinary("/usr/bin/python3").run(
            arguments: ["-c", script],
            seconds: 120
        )
        #expect(made.isSuccess, "\(made)")
        let server = try Nginx(
            server: """
                location / {
                    add_header Content-Encoding gzip;
                    default_type text/html;
                    rewrite ^ /page break;
                }
                """,
            root: folder.path
        )
        let transport = try Self.transport(server.baseURL)
        let listing = try Self.listing(
            Self.replies(transport, ["d"], Self.catalog(["d/a"]))[0]
        )
        #expect(listing.entries == [.init(id: FileID(0), isDirectory: false, byteCount: 5)])
        #expect(!listing.isWhole)
        #expect(listing.listedCount < 100_000)
    }

    @Test func twoLengthsOfOneNameAreNone() throws {
        let server = try ScriptedServer { _ in
            let rows = ["a", "a", "b", "b"].enumerated().map { number, name in
                "<a href=\"\(name)\">\(name)</a> 1-Jan-2026 10:00 \(name == "a" ? number : 7)\n"
            }
            let page = "<title>Index of /d/</title><pre>\(rows.joined())</pre></html>"
            return HostileServer.reply(
                "HTTP/1.1 200 OK\r\nContent-Length: \(page.utf8.count)\r\n\r\n\(page)"
            )
        }
        defer { server.stop() }
        let transport = try Self.transport(server.baseURL)
        let listing = try Self.listing(
            Self.replies(transport, ["d"], Self.catalog(["d/a", "d/b"]))[0]
        )
        #expect(listing.entries == [.init(id: FileID(1), isDirectory: false, byteCount: 7)])
        #expect(!listing.isWhole)
    }

    /// While a page never ends, files are asked for as if it did not exist.
    @Test func anEndlessPageHoldsNobodyUp() throws {
        let server = try ScriptedServer { request in
            guard request.path == "/d/" else { return HostileServer.right(request) }
            return HostileServer.endless(
                "HTTP/1.1 200 OK\r\n\r\n<title>Index of /</title><pre>",
                "<a href=\"x\">x</a> 1-Jan-2026 10:00 5\n",
                pause: .milliseconds(1)
            )
        }
        defer { server.stop() }
        let transport = try Self.transport(server.baseURL)
        transport.ask(
            Question(
                accessPoint: 0,
                subject: .listing,
                path: Array("d".utf8)[...],
                isDirectory: true
            )
        )
        let replies = transport.replies(to: HostileServerTests.catalog)
        #expect(replies.prefix(40) == (1...40).map { .answered(status: 200, byteCount: $0) }[...])
    }
}
