import Bytes
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
            // Decoded exactly once.
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
        let (query, path) = (reader.query, reader.path)
        #expect(query == 7..<16)
        #expect(path == Array("a b".utf8))
        try reader.read(Array("/a".utf8).span)
        let next = reader.query
        #expect(next == nil, "one value serves many requests")
    }

    @Test(
        arguments: [
            ("/releases/amd64/a-1_2.tar.xz?a", "releases/amd64/a-1_2.tar.xz", 29..<30),
            ("/releases/amd64/a?", "releases/amd64/a", 18..<18),
            ("/releases/a+b~c?x", "releases/a%2Bb~c", 16..<17),
            ("/releases//a?x", "releases/a", 13..<14),
            ("/a?x", "a", 3..<4),
        ] as [(String, String, Range<Int>)]
    )
    func aPathIsEncodedAnewWhereItHasToBe(
        target: String,
        expected: String,
        expectedQuery: Range<Int>
    ) throws {
        var reader = RequestTarget()
        // Nothing of an earlier request is left.
        try reader.read(Array("/an+earlier+one".utf8).span)
        reader.encode()
        try reader.read(Array(target.utf8).span)
        reader.encode()
        let (encoded, query) = (reader.encoded.array, reader.query)
        #expect(String(decoding: encoded, as: UTF8.self) == expected)
        #expect(query == expectedQuery)
    }

    /// As it stands, as a directory, then with the escapes that a gateway may have decoded.
    @Test(
        arguments: [
            ("/a/b", "a/b", ["a/b"]),
            ("/a/b", "a/b/", ["a/b", "a/b/"]),
            ("/a/b", "a%2Fb", ["a/b", "a/b/", "a%2Fb"]),
            ("/a/b", nil, ["a/b", "a/b/", "a%2Fb"]),
            ("/a/b/", nil, ["a/b/"]),
            ("/", nil, [""]),
        ] as [(String, String?, [String])]
    )
    func takesTheFirstSpellingThatIsKnown(
        target: String,
        known: String?,
        expected: [String]
    ) throws {
        var reader = RequestTarget()
        try reader.read(Array(target.utf8).span)
        let asked = reader.path
        var tried: [String] = []
        let isKnown = reader.takeSpelling { path in
            tried.append(String(decoding: path, as: UTF8.self))
            return tried.last == known
        }
        #expect(tried == expected)
        #expect(isKnown == (known != nil))
        let path = reader.path
        #expect(path == known.map { Array($0.utf8) } ?? asked)
    }
}
