import ObjectStorage
import RedirectionServer
import Testing

/// Files that the status function made are served below `/_/status/`.
@Suite struct StatusFilesTests {
    private func fixture(_ pages: [String: [UInt8]]) throws -> ServerFixture {
        let fixture = try ServerFixture()
        for (name, bytes) in pages { try fixture.store.put(BlobKey("status/\(name)"), bytes) }
        return fixture
    }

    @Test(arguments: [
        ("index.html", "text/html; charset=utf-8"), ("m/a_b.example.json", "application/json"),
        ("m/a.svg", "image/svg+xml"), ("events.atom", "application/atom+xml"),
        ("metrics.prom", "text/plain; version=0.0.4; charset=utf-8"),
        ("m/a.missing.txt", "text/plain; charset=utf-8"),
    ])
    func filesComeWithTheirTypes(_ name: String, _ type: String) throws {
        let fixture = try fixture([name: Array("content".utf8)])
        let client = try fixture.client()
        try client.send("GET /_/status/\(name) HTTP/1.1\r\nHost: h\r\n\r\n")
        let (head, body) = try client.answer()
        #expect(head.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(head.contains("\r\nContent-Type: \(type)\r\n"))
        #expect(head.contains("\r\nCache-Control: max-age=60\r\n"))
        #expect(head.contains("\r\nX-Content-Type-Options: nosniff\r\n"))
        #expect(body == "content")
    }

    @Test func aClientThatHasThePageIsToldSo() throws {
        let fixture = try fixture(["index.html": Array("one".utf8)])
        let client = try fixture.client()
        let head = try client.get("/_/status/")
        let tag = try #require(
            head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6)
        )
        func ask(_ known: String) throws -> String {
            try client.send(
                "GET /_/status/index.html HTTP/1.1\r\nHost: h\r\nIf-None-Match: \(known)\r\n\r\n"
            )
            return try client.answer().head
        }
        for known in [String(tag), "\"x\", W/\(tag)", "*"] {
            let answer = try ask(known)
            #expect(answer.hasPrefix("HTTP/1.1 304 Not Modified\r\n"), "\(known)")
            #expect(answer.contains("ETag: \(tag)"))
        }
        #expect(try ask("\"x\"").hasPrefix("HTTP/1.1 200"))
        try fixture.store.put(BlobKey("status/index.html"), Array("two".utf8))
        #expect(try ask(String(tag)).hasPrefix("HTTP/1.1 200"))
        try client.send("HEAD /_/status/index.html HTTP/1.1\r\nHost: h\r\n\r\n")
        let answer = try client.answer(hasBody: false).head
        #expect(answer.contains("Content-Length: 3"))
    }

    @Test func whatIsNotThereOrTooLongIsNotFound() throws {
        let fixture = try fixture(["long.txt": [UInt8](repeating: 0x61, count: 1 << 20 + 1)])
        let client = try fixture.client()
        for name in ["nothing.html", "long.txt", "m/../../maps/europe.map", "a//b", ".hidden"] {
            let head = try client.get("/_/status/\(name)")
            #expect(!head.hasPrefix("HTTP/1.1 200"), "\(name): \(head)")
        }
        #expect(try client.get("/_/status/nothing.html").hasPrefix("HTTP/1.1 404"))
    }

    /// A client that makes names up does not keep other clients from existing files.
    @Test func namesThatAreMadeUpHideNoOthers() throws {
        let fixture = try fixture(["index.html": Array("one".utf8)])
        let client = try fixture.client()
        for number in 0..<300 {
            #expect(try client.get("/_/status/n\(number)").hasPrefix("HTTP/1.1 404"))
        }
        #expect(try client.get("/_/status/").hasPrefix("HTTP/1.1 200"))
    }

    /// Other blobs in storage are not public.
    @Test(arguments: [
        "/_/status/%2e%2e/health", "/_/status/..%2fhealth", "/_/status/A.html",
        "/_/status/a%00b", "/_/status/a%20b", "/_/statusx",
    ])
    func nothingElseIsServed(_ target: String) throws {
        let fixture = try fixture(["index.html": [0x61]])
        try fixture.store.put(BlobKey("health"), Array("secret".utf8))
        let client = try fixture.client()
        #expect(try !client.get(target).hasPrefix("HTTP/1.1 200"))
    }

    @Test func theFirstPageLeadsThere() throws {
        let fixture = try fixture(["index.html": [0x61]])
        let client = try fixture.client()
        try client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try client.answer().body.contains("href=\"_/status/index.html\""))
        let without = try ServerFixture()
        let other = try without.client()
        try other.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(try !other.answer().body.contains("_/status/"))
    }
}
