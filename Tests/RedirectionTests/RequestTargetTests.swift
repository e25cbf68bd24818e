import Redirection
import Testing

@Suite struct RequestTargetTests {
    private func path(_ target: String) throws(RequestError) -> String {
        var reader = RequestTarget()
        try reader.read(Array(target.utf8).span)
        return String(decoding: reader.path, as: UTF8.self)
    }

    @Test(
        arguments: [
            ("/", ""),
            ("/distfiles/a.tar.xz", "distfiles/a.tar.xz"),
            ("/releases/amd64/", "releases/amd64/"),
            ("//a///b//", "a/b/"),
            ("/./a/./b/.", "a/b/"),
            ("/a/%2e/b", "a/b"),
            ("/a/...", "a/..."),
            ("/a/..b", "a/..b"),
            // Decoded once, and only once.
            ("/a%252Fb", "a%2Fb"),
            ("/%252e%252e/x", "%2e%2e/x"),
            ("/a%2500", "a%00"),
            ("/a%20b", "a b"),
            ("/libstdc%2B%2B+x@1!~(2){3},4", "libstdc+++x@1!~(2){3},4"),
            ("/a%3Fb%23c", "a?b#c"),
            ("/%C3%A4", "ä"),
            ("/ä", "ä"),
            ("/a:b;c=d&e", "a:b;c=d&e"),
            ("/a\\b", "a\\b"),
            // Absolute form: the authority says nothing about the tree.
            ("http://h/a/b", "a/b"),
            ("HTTPS://h:8080/a", "a"),
            ("http://[::1]:80/a", "a"),
            ("http://h", ""),
        ] as [(String, String)]
    )
    func decodesOnce(target: String, expected: String) throws {
        #expect(try path(target) == expected)
    }

    @Test(
        arguments: [
            ("/a%2Fb", .encodedSlash),
            ("/a%2fb", .encodedSlash),
            ("/%2e%2e/etc/passwd", .parentSegment),
            ("/..", .parentSegment),
            ("/a/../b", .parentSegment),
            ("/a/.%2E", .parentSegment),
            ("/a%00b", .controlByte),
            ("/a%0d%0aSet-Cookie:x", .controlByte),
            ("/a%7F", .controlByte),
            ("/a%1f", .controlByte),
            ("/a%", .badEscape),
            ("/a%2", .badEscape),
            ("/a%zz", .badEscape),
            ("/a%+1", .badEscape),
            ("/a#b", .malformedTarget),
            ("", .malformedTarget),
            ("*", .malformedTarget),
            ("a/b", .malformedTarget),
            ("host:443", .malformedTarget),
            ("http://", .malformedTarget),
            ("http:///a", .malformedTarget),
            ("http://evil@h/a", .malformedTarget),
            ("ftp://h/a", .malformedTarget),
        ] as [(String, RequestError)]
    )
    func refuses(target: String, error: RequestError) {
        #expect(throws: error) { try path(target) }
        #expect(error.status == .badRequest)
    }

    @Test func findsTheQuery() throws {
        let target = Array("/a%20b?x=1?y=%zz".utf8)
        var reader = RequestTarget()
        try reader.read(target.span)
        #expect(reader.query == 7..<16)
        #expect(reader.path == Array("a b".utf8))
        try reader.read(Array("/a".utf8).span)
        #expect(reader.query == nil, "one value serves many requests")
    }

    @Test func knowsADirectory() throws {
        var reader = RequestTarget()
        try reader.read(Array("/releases".utf8).span)
        #expect(!reader.hasTrailingSlash)
        reader.appendSlash()
        #expect(reader.hasTrailingSlash)
        reader.removeSlash()
        #expect(reader.path == Array("releases".utf8))
    }
}
