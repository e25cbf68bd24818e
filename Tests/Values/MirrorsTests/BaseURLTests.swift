import Mirrors
import Testing

@Suite struct BaseURLTests {
    @Test(arguments: [
        ("HTTP://Mirror.Example.ORG/Gentoo", "http://mirror.example.org/Gentoo/"),
        ("https://a.example", "https://a.example/"),
        ("https://a.example:443/x/", "https://a.example/x/"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("http://a.example:/", "http://a.example/"),
        ("rsync://a.example/module", "rsync://a.example/module/"),
        ("ftp://[2001:DB8::1]:2121/pub%20x/~a+b", "ftp://[2001:db8::1]:2121/pub%20x/~a+b/"),
    ])
    func normalises(url: String, text: String) throws {
        #expect(try BaseURL(url).text == text)
    }

    @Test(arguments: [
        ("file:///etc/passwd", BaseURL.Problem.unknownScheme),
        ("mirror.example.org", .notAbsolute), ("://a.example/", .notAbsolute),
        ("http:/a.example/", .notAbsolute), ("javascript://a.example/", .unknownScheme),
        ("http://user:word@a.example/", .credentials), ("http://a@b/", .credentials),
        ("http://a.example/?x", .queryOrFragment), ("http://a.example/#x", .queryOrFragment),
        ("http:///x", .badHost), ("http://a b/", .badHost), ("http://a\r\nX/", .badHost),
        ("http://[::1/", .badHost), ("http://ä.example/", .badHost),
        ("http://a:0/", .badPort), ("http://a:65536/", .badPort), ("http://a:+80/", .badPort),
        ("http://a/b c", .badCharacter), ("http://a/%2", .badCharacter),
        ("http://a/\r\nX: y", .badCharacter), ("http://a/\"", .badCharacter),
        ("http://a/ä", .badCharacter),
        ("http://a/" + String(repeating: "a", count: 2048), .tooLong),
    ])
    func refuses(url: String, problem: BaseURL.Problem) {
        #expect(throws: problem) { try BaseURL(url) }
    }

    /// The slash at the end is added, so the longest URL may become longer.
    @Test(arguments: 2040...2050)
    func whatItAcceptsItReadsAgain(byteCount: Int) throws {
        let start = "http://a.example/"
        let url = start + String(repeating: "a", count: byteCount - start.utf8.count)
        guard let base = try? BaseURL(url) else {
            #expect(byteCount >= BaseURL.longest)
            return
        }
        #expect(base.text.utf8.count == byteCount + 1)
        #expect(try BaseURL(base.text) == base)
    }
}
