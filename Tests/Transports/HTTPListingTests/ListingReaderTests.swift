import HTTPListing
import TestSupport
import Testing

/// Pages of servers that are not available here, and pages that were made to deceive.
@Suite struct ListingReaderTests {
    static func page(_ rows: String, end: String = "</pre></body></html>") -> String {
        "<html><head><title>Index of /</title></head><body><pre><a href=\"../\">../</a>\n"
            + "\(rows)\(end)"
    }

    @Test func readsTheTableOfH5ai() {
        let page = """
            <div id="fallback"><table><tr><th class="fb-i"></th><th class="fb-n"><span>Name</span>\
            </th>\
            <th class="fb-d"><span>Last modified</span></th><th class="fb-s"><span>Size</span></th>\
            </tr>\
            <tr><td class="fb-i"><img src="/_h5ai/folder-parent.svg" alt="folder-parent"/></td>\
            <td class="fb-n"><a href="..">Parent Directory</a></td><td class="fb-d"></td>\
            <td class="fb-s"></td></tr>\
            <tr><td class="fb-i"><img src="/_h5ai/folder.svg" alt="folder"/></td>\
            <td class="fb-n"><a href="/gentoo/distfiles/ab/">ab</a></td>\
            <td class="fb-d">2026-08-20 10:00</td><td class="fb-s"></td></tr>\
            <tr><td class="fb-i"><img src="/_h5ai/file.svg" alt="file"/></td>\
            <td class="fb-n"><a href="/gentoo/distfiles/a%20b.tar">a b.tar</a></td>\
            <td class="fb-d">2026-08-20 10:00</td><td class="fb-s">12 KB</td></tr>\
            </table></div></body></html>
            """
        let (names, outcome) = read(page)
        #expect(names == [.folder("ab"), .file("a b.tar")])
        #expect(outcome == .listing(isWhole: true))
    }

    @Test func readsTheTableOfFancyindex() {
        let page = """
            <h1>Index of /gentoo/distfiles/</h1>
            <table id="list"><thead><tr><th style="width:55%">\
            <a href="?C=N&amp;O=A">File Name</a>&nbsp;<a href="?C=N&amp;O=D">&nbsp;&darr;&nbsp;</a>\
            </th>\
            </tr></thead><tbody>
            <tr><td class="link"><a href="../">Parent directory/</a></td><td class="size">-</td>\
            <td class="date">-</td></tr>
            <tr><td class="link"><a href="a.tar" title="a.tar">a.tar</a></td>\
            <td class="size">12345</td><td class="date">2026-Aug-20 10:00</td></tr>
            <tr><td class="link"><a href="b.tar" title="b.tar">b.tar</a></td>\
            <td class="size">12.1 KiB</td><td class="date">2026-Aug-20 10:00</td></tr>
            </tbody></table></body></html>
            """
        let (names, outcome) = read(page)
        #expect(names == [.file("a.tar", 12_345), .file("b.tar")])
        #expect(outcome == .listing(isWhole: true))
    }

    @Test func readsTheTableOfNewerCaddy() {
        let page = """
            <h1><a href="..">..</a></h1><table><tbody>
            <tr class="file"><td></td><td><a href="./a.tar"><svg></svg>
            <span class="name">a.tar</span></a></td>
            <td class="size" data-size="12345">
            \t\t\t\t<div class="sizebar"><div class="sizebar-bar"></div><div class="sizebar-text">
            \t\t\t\t12 KiB
            \t\t\t\t</div></div></td>
            <td class="timestamp hideable"><time datetime="2026-08-20T10:00:00Z">1</time></td></tr>
            </tbody></table></body></html>
            """
        #expect(read(page).names == [.file("a.tar", 12_345)])
    }

    /// The first length comes before the first link, and the row's length must not be that of the
    /// next row.
    @Test func takesNoLengthOfAnotherRow() {
        let page = """
            <html><head><title>mirror - /gentoo/distfiles/</title></head><body><H1>mirror</H1><hr>\
            <pre>\
            <A HREF="/gentoo/">[To Parent Directory]</A><br><br>\
             8/20/2026 10:00 AM        12345 <A HREF="/gentoo/distfiles/a">a</A><br>\
             8/20/2026 10:00 AM          678 <A HREF="/gentoo/distfiles/b">b</A><br>\
            </pre><hr></body></html>
            """
        let (names, outcome) = read(page)
        #expect(names == [.file("a"), .file("b")])
        #expect(outcome == .listing(isWhole: true))
    }

    static let pair = "20-Aug-2026 10:00  10\n"

    @Test(arguments: [
        // Other sites and folders, schemes, and the same page in another order.
        "http://other.example/gentoo/distfiles/x", "//other.example/gentoo/distfiles/x",
        "http://mirror.example:8080/gentoo/distfiles/x", "http://mirror.example/gentoo/x",
        "/x", "../x", "sub/x", "./sub/../../x", "javascript:x", "ftp://mirror.example/x",
        "x?C=N;O=D", "?x", "#x", "", "..%2Fx", "%2e%2e/x", "a%2Fb", "%00", "x\u{1}y", "x/y/",
    ])
    func aLinkThatLeadsElsewhereIsNoName(href: String) {
        let page = Self.page(
            "<a href=\"\(href)\">x</a> \(Self.pair)<a href=\"z\">z</a> \(Self.pair)"
        )
        #expect(read(page).names == [.file("z", 10)], "\(href)")
    }

    @Test(arguments: [
        "x", "./x", "/gentoo/distfiles/x", "//mirror.example/gentoo/distfiles/x",
        "http://mirror.example/gentoo/distfiles/x", "HTTP://Mirror.Example:80/gentoo/distfiles/x",
        "https://mirror.example:443/gentoo/distfiles/x", "../distfiles/x", "%78", "&#120;",
        "&#x78;",
        "/%67entoo/distfiles//x",
    ])
    func aLinkIntoTheFolderIsAName(href: String) {
        let page = Self.page("<a href=\"\(href)\">x</a> \(Self.pair)")
        #expect(read(page).names == [.file("x", 10)], "\(href)")
    }

    @Test func relativeLinksFollowTheBaseOfThePage() {
        let row = "<a href=\"x\">x</a> \(Self.pair)"
        for base in [
            "http://other.example/gentoo/distfiles/", "/elsewhere/", "http://mirror.example/",
        ] {
            #expect(read(Self.page("<base href=\"\(base)\">\(row)")).names.isEmpty, "\(base)")
        }
        for base in [
            "/gentoo/distfiles/", "http://mirror.example/gentoo/distfiles/index.html", ".",
        ] {
            #expect(read(Self.page("<base href=\"\(base)\">\(row)")).names == [.file("x", 10)])
        }
    }

    @Test(arguments: [
        // A name that is not escaped creates another link, whose text is different.
        "<a href=\"evil\"><a href=\"good\">evil</a> 20-Aug-2026 10:00  10\n",
        "<a href=\"good\">something else</a> 20-Aug-2026 10:00  10\n",
        "<a href=\"good\">go..</a><b>od</b><a href='good'>x</a>",
        "<a href=\"good\"><script>good</script></a> 20-Aug-2026 10:00  10\n",
        "<a href=\"good\"><!-- good --></a> 20-Aug-2026 10:00  10\n",
        "<!-- <a href=\"good\">good</a> 20-Aug-2026 10:00  10\n -->",
        "<script>'<a href=\"good\">good</a>' 20-Aug-2026 10:00  10\n</script>",
        "<a href=\"good\" title=\"\(String(repeating: "x", count: 5000))\">good</a> 20-Aug-2026 "
            + "10:00  10\n",
    ])
    func aDeceptiveRowGivesNoLength(row: String) {
        let (names, outcome) = read(Self.page(row))
        #expect(names.allSatisfy { $0.byteCount == nil }, "\(names)")
        if names.isEmpty, !row.hasPrefix("<!--"), !row.hasPrefix("<script>") {
            #expect(outcome == .listing(isWhole: false))
        }
    }

    @Test(arguments: [
        "<html><body><h1>Welcome</h1><a href=\"readme.html\">read this</a></body></html>",
        "<html><head><title>Log in</title></head><body><form action=\"x\"></form></body></html>",
        "404 page not found", "", "{\"a\":1}", "<a href=\"x\">x",
    ])
    func anotherPageIsNoListing(page: String) {
        #expect(read(page).outcome == .noListing)
    }

    @Test(arguments: ["ftp://mirror.example/", "mirror.example/", "", "http:/x", "javascript://x/"])
    func anotherURLIsRefused(url: String) {
        #expect(read("", at: url).outcome == nil, "\(url)")
    }

    @Test(arguments: [
        ("12K", 12_345), ("12.1 KiB", 12_345), ("12.3 kB", 12_345), ("700 B", 700),
        ("3M", 3_000_000),
        ("2.9 MB", 3_000_000), ("0 B", 0), ("1.2G", 1_234_567_890),
    ])
    func aRoundedLengthVouchesForTheExactOne(rounded: String, exact: UInt64) {
        func length(_ told: UInt64) -> UInt64? {
            read(
                "<table><tr><td><a href=\"x\">x</a></td><td "
                    + "data-order=\"\(told)\">\(rounded)</td></tr></table>"
            ).names.first?.byteCount
        }
        #expect(length(exact) == exact)
        #expect(length(exact * 3 + 10) == nil)
        #expect(length(exact / 3 + 100_000) == nil)
    }

    /// Whatever arrives, the reader processes it in a bounded time and never traps.
    @Test func survivesRandomPieces() {
        let pieces = [
            "<", ">", "\"", "'", "=", "<a ", "href", "href=", "</a>", "&#", ";", "<!--", "-->",
            "<script>",
            "</script", "<td data-order=", "9", "K", "\n", " ", "../", "x", "<base href=", "<pre>",
            "</html>",
            "%", "%2", "\u{A0}", "..>", "<title>Index of", "</title>", "é",
        ]
        var random = SeededGenerator.forTest()
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 1...60, using: &random)).map { _ in
                pieces[Int.random(in: 0..<pieces.count, using: &random)]
            }.joined()
            let names = read(text).names
            #expect(names.allSatisfy { !$0.name.isEmpty && !$0.name.contains(0x2F) })
        }
    }
}
