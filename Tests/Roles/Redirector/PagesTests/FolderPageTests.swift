import FileDetailsFormat
import Redirection
import TestSupport
import Testing

@testable import Pages

/// The pages that browsers get for folders.
@Suite struct FolderPageTests {
    private static let browser =
        "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

    private var fixture: PageFixture

    init() {
        fixture = PageFixture()
        fixture.settings.showsFolders = true
        fixture.folderPaths = [
            "distfiles/": true, "distfiles/a.tar": false, "distfiles/x%2Fy z+.tar": false,
            "distfiles/real.meta4": false, "distfiles/<b>\"&": true, "dir/": true,
        ]
    }

    @Test func aBrowserSeesNamesSizesTimesDigestsAndMirrors() throws {
        let answer = try fixture.get("/distfiles/", Self.browser)
        #expect(answer.status == "HTTP/1.1 200 OK")
        #expect(answer.fields["content-type"] == "text/html; charset=utf-8")
        let sha256 = (0..<32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        for text in [
            "<a href=\"../?index\">Index of /</a>distfiles/</h1>",
            "<a href=\"a.tar\">a.tar</a><small><code>sha-256 \(sha256)</code></small>",
            ">1234567</td>", "2020-09-13T12:26:40Z", "<a href=\"a.tar?mirrorlist\">3</a>",
            "<a href=\"x%252Fy%20z%2B.tar\">x%2Fy z+.tar</a>", "4 entries",
            "<a href=\"%3Cb%3E%22%26/?index\">&lt;b&gt;&quot;&amp;/</a>",
        ] { #expect(answer.body.contains(text), "\(text) in \(answer.body)") }
        #expect(!answer.body.contains("<b>"))
        for word in ["src=", "@import", "url(", "<link", "<script"] {
            #expect(!answer.body.contains(word), "\(word)")
        }
    }

    /// Programs, range requests, and folders without a trailing slash are redirected as before; so
    /// are all clients if the operator has not enabled folder pages.
    @Test(
        arguments: [
            ("/distfiles/", "*/*", nil), ("/distfiles/", "text/html", nil),
            // The headers that pip sends.
            (
                "/distfiles/",
                "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html; q=0.1, "
                    + "text/html; q=0.01", nil
            ),
            ("/distfiles", nil, nil), ("/distfiles/", nil, "Range: bytes=0-9"),
            ("/distfiles/a.tar", nil, nil), ("/distfiles?index", nil, nil),
        ] as [(String, String?, String?)]
    )
    func everybodyElseIsRedirected(target: String, accept: String?, header: String?) throws {
        let answer = try fixture.get(
            target,
            accept.map { "Accept: \($0)" } ?? Self.browser,
            header ?? "X: x"
        )
        #expect(answer.status == "HTTP/1.1 302 Found")
        let path = target.split(separator: "?")[0]
        #expect(answer.fields["location"]?.hasPrefix("http://near.example/gentoo\(path)") == true)
    }

    @Test func thePageIsOffUnlessTheOperatorWantsIt() throws {
        var fixture = fixture
        fixture.settings.showsFolders = false
        for target in ["/distfiles/", "/distfiles/?index"] {
            #expect(try fixture.get(target, Self.browser).status == "HTTP/1.1 302 Found")
        }
        #expect(try fixture.get("/?index", Self.browser).body.contains("<h1>Mirror redirector"))
    }

    @Test func theQueryAsksForThePageWhateverIsAccepted() throws {
        #expect(try fixture.get("/distfiles/?index", "Accept: */*").body.contains("a.tar"))
        let root = try fixture.get("/?index").body
        #expect(root.contains("<h1>Index of /</h1>"))
        #expect(root.contains("<a href=\"distfiles/?index\">distfiles/</a>"))
    }

    /// A folder with a page of its own, such as pip's indexes, is left to the mirror.
    @Test func aFolderWithAnIndexFileIsRedirected() throws {
        var fixture = fixture
        fixture.folderPaths["dir/index.html"] = false
        let answer = try fixture.get("/dir/", Self.browser)
        #expect(answer.fields["location"] == "http://near.example/gentoo/dir/")
        #expect(try fixture.get("/dir/?index").body.contains("index.html"))
    }

    @Test func withoutTheNamesTheRedirectIsSent() throws {
        var fixture = fixture
        fixture.folderPaths = [:]
        for target in ["/distfiles/", "/distfiles/?index"] {
            let answer = try fixture.get(target, Self.browser)
            #expect(answer.fields["location"] == "http://near.example/gentoo/distfiles/")
        }
        #expect(try fixture.get("/?index").body.contains("<h1>Mirror redirector"))
        let unknown = try fixture.get("/unknown/?index")
        #expect(unknown.fields["location"] == "https://fallback.example/all/unknown/?index")
    }

    @Test(
        arguments: [
            ("", 1), ("&page=1", 1), ("&page=3", 3), ("&page=4", 3), ("&page=999999", 3),
            ("&page=0", 1), ("&page=-1", 1), ("&page=x", 1), ("&page=9999999999", 1), ("&page", 1),
        ] as [(String, Int)]
    )
    func aLargeFolderHasPages(query: String, page: Int) throws {
        var fixture = fixture
        for number in 0..<250 { fixture.folderPaths["dir/\(1000 + number)"] = false }
        let body = try fixture.get("/dir/?index\(query)").body
        #expect(body.contains("250 entries, page \(page) of 3"))
        let rows = body.matches(of: /<a href="(\d+)">/).compactMap { Int($0.1) }
        #expect(rows == Array(1000 + (page - 1) * 100..<min(1000 + page * 100, 1250)))
        #expect(body.contains("&amp;page=\(page + 1)\">Next page") == (page < 3))
        #expect(body.contains("&amp;page=\(page - 1)\">Previous page") == (page > 1))
    }
}
