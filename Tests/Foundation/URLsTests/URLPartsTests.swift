import Testing
import URLs

@Suite struct URLPartsTests {
    @Test(arguments: [
        ("http://a.example/b/c?d#e", ["http", "http://a.example", "a.example", "/b/c", "d", "e"]),
        ("HTTPS://h:1", ["HTTPS", "HTTPS://h:1", "h:1", "", nil, nil]),
        ("s3://bucket?x", ["s3", "s3://bucket", "bucket", "", "x", nil]),
        ("file:///srv/m#1", ["file", "file://", "", "/srv/m", nil, "1"]),
        ("rsync://u@h/m//?", ["rsync", "rsync://u@h", "u@h", "/m//", "", nil]),
        ("a://b#c?d/e", ["a", "a://b", "b", "", nil, "c?d/e"]),
        ("a://", ["a", "a://", "", "", nil, nil]),
    ])
    func takesApart(url: String, expected: [String?]) throws {
        let parts = try #require(URLParts(url))
        let fields = [parts.scheme, parts.origin, parts.authority, parts.path, parts.query]
        #expect((fields + [parts.fragment]).map { $0.map(String.init) } == expected)
    }

    @Test(arguments: ["", "a", "a:b", "a:/b", "://b", "mailto:x@y"])
    func textWithoutSchemeAndAuthorityIsNone(url: String) {
        #expect(URLParts(url) == nil)
    }

    @Test(
        arguments: [
            ("x://h", "h", nil), ("x://h:80/", "h", "80"), ("x://h:/", "h", ""),
            ("x://[::1]/", "[::1]", nil), ("x://[::1]:21/", "[::1]", "21"),
            ("x://u:p@h:1", "u:p@h", "1"), ("x:///", "", nil), ("x://[::1", "[:", "1"),
        ] as [(String, String, String?)]
    )
    func dividesHostAndPort(url: String, host: String, port: String?) throws {
        let parts = try #require(URLParts(url))
        #expect(parts.host == host)
        #expect(parts.port.map(String.init) == port)
    }

    @Test func aSchemeIsTheSameInAnyCase() throws {
        #expect(try #require(URLParts("HtTpS://h/")).hasScheme("https"))
        #expect(try !#require(URLParts("http://h/")).hasScheme("https"))
    }
}
