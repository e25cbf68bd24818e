import JSON
import Redirection
import TestSupport
import Testing

@testable import Pages

@Suite struct PageTests {
    // MARK: Which requests get a page

    @Test(
        arguments: [
            ("/distfiles/a.tar?mirrorlist", "text/html; charset=utf-8"),
            ("/distfiles/a.tar.mirrorlist", "text/html; charset=utf-8"),
            ("/distfiles/a.tar?x=1&mirrorlist", "text/html; charset=utf-8"),
            ("/dir?mirrorlist", "text/html; charset=utf-8"),
            ("/?mirrorlist", "text/html; charset=utf-8"),
            ("/", "text/html; charset=utf-8"),
            ("/distfiles/a.tar?meta4", "application/metalink4+xml"),
            ("/distfiles/a.tar.meta4", "application/metalink4+xml"),
            ("/distfiles/nobody.meta4", "application/metalink4+xml"),
            ("/distfiles/a.tar?explain", "application/json"),
            ("/unknown?explain", "application/json"),
        ] as [(String, String)]
    )
    func pagesAreAskedForByQueryAndSuffix(target: String, type: String) throws {
        let answer = try PageFixture().get(target)
        #expect(answer.status == "HTTP/1.1 200 OK")
        #expect(answer.fields["content-type"] == type)
        #expect(answer.fields["cache-control"] == "no-store")
        #expect(answer.fields["content-length"] == "\(answer.body.utf8.count)")
    }

    @Test(
        arguments: [
            // A file with that name exists.
            ("/distfiles/real.meta4", "http://near.example/gentoo/distfiles/real.meta4"),
            // Nothing is known about it.
            ("/distfiles/b.tar.meta4", "https://fallback.example/all/distfiles/b.tar.meta4"),
            ("/distfiles/b.tar?meta4", "https://fallback.example/all/distfiles/b.tar?meta4"),
            ("/.meta4", "https://fallback.example/all/.meta4"),
            // A directory has no Metalink.
            ("/dir/?meta4", "http://near.example/gentoo/dir/"),
            ("/dir.meta4", "https://fallback.example/all/dir.meta4"),
        ] as [(String, String)]
    )
    func redirectsEverythingButPages(target: String, location: String) throws {
        let answer = try PageFixture().get(target)
        #expect(answer.status == "HTTP/1.1 302 Found")
        #expect(answer.fields["location"] == location)
    }

    @Test(
        arguments: [
            ("application/metalink4+xml", true),
            // The header that aria2 sends with every request.
            ("*/*,application/metalink4+xml,application/metalink+xml", false),
            ("application/metalink4+xml, application/metalink+xml", true),
            ("application/metalink4+xml, */*;q=0.999", true),
            ("application/metalink4+xml;q=0.9, text/html;q=0.5", true),
            ("application/metalink4+xml;q=0.9, */*;q=0.9", false),
            ("Application/Metalink4+XML", true),
            ("text/html, application/metalink4+xml", false),
            ("application/octet-stream, application/metalink4+xml", false),
            ("application/metalink4+xml,", true),
            ("*/*", false),
            ("text/html, application/xhtml+xml, */*;q=0.8", false),
            ("application/metalink4+xml;q=0, */*", false),
            ("text/html, application/metalink4+xml;q=0.1", false),
            ("application/*, this-is-long-enough/to-be-looked-at", false),
        ] as [(String, Bool)]
    )
    func aMetalinkIsNegotiated(accept: String, isMetalink: Bool) throws {
        let answer = try PageFixture().get("/distfiles/a.tar", "Accept: \(accept)")
        #expect(answer.status == (isMetalink ? "HTTP/1.1 200 OK" : "HTTP/1.1 302 Found"))
    }

    @Test(
        arguments: [
            "/", "/?mirrorlist", "/dir?mirrorlist", "/distfiles/a.tar?mirrorlist",
            "/distfiles/a.tar?meta4",
        ],
        [nil, 60] as [UInt64?]
    )
    func aPageHasOneVary(target: String, maxAge: UInt64?) throws {
        var fixture = PageFixture()
        fixture.settings.maxAge = maxAge
        let head = try fixture.get(target).head.lowercased()
        #expect(head.split(separator: "\r\n").count { $0.hasPrefix("vary:") } == 1)
    }

    @Test func headIsGetWithoutBody() throws {
        for target in [
            "/", "/distfiles/a.tar?mirrorlist", "/distfiles/a.tar.meta4",
            "/distfiles/a.tar?explain",
            "/unknown?mirrorlist",
        ] {
            let get = try PageFixture().get(target)
            let head = try PageFixture().answer("HEAD \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(head.head == get.head)
            #expect(head.body.isEmpty)
        }
    }

    /// If storage is down, or its blobs are lost, pages say less and no request fails.
    @Test func pagesWorkWithoutTheirBlobs() throws {
        var fixture = PageFixture()
        fixture.areDetailsThere = false
        for target in ["/distfiles/a.tar?mirrorlist", "/distfiles/a.tar.meta4", "/?mirrorlist"] {
            #expect(try fixture.get(target).status == "HTTP/1.1 200 OK")
        }
        fixture.isMapThere = false
        #expect(try fixture.get("/").body.contains("none yet"))
        for target in ["/distfiles/a.tar?meta4", "/distfiles/a.tar.meta4"] {
            #expect(try fixture.get(target).status == "HTTP/1.1 302 Found")
        }
        #expect(try fixture.get("/distfiles/a.tar?mirrorlist").status == "HTTP/1.1 200 OK")
    }

    // MARK: Mirror list

    @Test func theMirrorListTellsWhoHasTheFileAndWhoHasNot() throws {
        let page = try PageFixture().get("/distfiles/a.tar?mirrorlist").body
        for text in [
            "<h1>a.tar</h1>", "1234567 bytes", "(1.2 MiB)", "2 mirrors have it",
            "University of Near", "href=\"http://near.example/gentoo/distfiles/a.tar\">http</a>",
            "href=\"https://near.example/gentoo/distfiles/a.tar\">https</a>",
            "is down since 2023-11-14 22:12 UTC: connection refused",
            "was not proven to have this file",
            "1 hour ago", "2 days ago", "Sick &amp; Tired", "500 km", ">FR<", "generation 7",
            "4 more, offered to nobody", "href=\"a.tar?meta4\"", "Gone &lt;b&gt;",
            "is taken out by the operator",
            "unheard-of",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("<script"))
        #expect(page.contains("&lt;script&gt;alert(1)"))
    }

    @Test func theMirrorListLeadsToTheMirrorsOwnPages() throws {
        var fixture = PageFixture()
        let target = "/distfiles/a.tar?mirrorlist"
        #expect(try !fixture.get(target).body.contains("m/near.html"))
        fixture.areStatusPagesThere = true
        let page = try fixture.get(target).body
        #expect(page.contains("<a href=\"../_/status/m/near.html\"><bdi>"))
        #expect(page.contains("<a href=\"../_/status/m/sick.html\"><bdi>"))
        fixture.statusURL = "https://status.example/"
        #expect(try fixture.get(target).body.contains("\"https://status.example/m/near.html\""))
    }

    @Test func theMirrorListLoadsNothing() throws {
        let answer = try PageFixture().get("/distfiles/a.tar?mirrorlist")
        for word in ["src=", "@import", "url(", "<link", "<iframe", "<script"] {
            #expect(!answer.body.contains(word), "\(word)")
        }
        #expect(answer.fields["content-security-policy"]?.hasPrefix("default-src 'none'") == true)
        #expect(answer.fields["x-content-type-options"] == "nosniff")
    }

    @Test func theMirrorListIsJSONForPrograms() throws {
        let answer = try PageFixture().get(
            "/distfiles/a.tar?mirrorlist",
            "Accept: application/json"
        )
        #expect(answer.fields["content-type"] == "application/json")
        #expect(answer.fields["vary"] == "Accept")
        let list = try answer.json()
        #expect(list["size"] == 1_234_567)
        guard case .array(let mirrors)? = list["mirrors"],
            case .array(let excluded)? = list["excluded"], case .object(let first)? = mirrors.first
        else {
            Issue.record("no arrays")
            return
        }
        #expect(mirrors.count == 2)
        #expect(first["accessPoint"] == "near-http")
        #expect(first["url"] == "http://near.example/gentoo/distfiles/a.tar")
        #expect(first["verified"] == "2023-11-14T21:13:20Z")
        let reasons = excluded.map { value -> JSONValue? in
            guard case .object(let object) = value else { return nil }
            return object["reason"]
        }
        #expect(reasons == ["down", "notHeld"])
    }

    @Test func anUnknownFileHasNoMirrors() throws {
        let answer = try PageFixture().get("/unknown%3Cb%3E?mirrorlist")
        #expect(answer.status == "HTTP/1.1 404 Not Found")
        #expect(answer.body.contains("https://fallback.example/all/unknown%3Cb%3E"))
        #expect(!answer.body.contains("<b>"))
    }

    // MARK: Metalink

    @Test func theMetalinkIsThatOfTheRFC() throws {
        let answer = try PageFixture().get("/distfiles/a.tar.meta4")
        let sha256 = (0..<32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let sha512 = (0..<64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(
            answer.body == """
                <?xml version="1.0" encoding="UTF-8"?>
                <metalink xmlns="urn:ietf:params:xml:ns:metalink">
                  <generator>Redirector/test</generator>
                  <published>2023-11-14T20:13:20Z</published>
                  <file name="a.tar">
                    <size>1234567</size>
                    <hash type="sha-256">\(sha256)</hash>
                    <hash type="sha-512">\(sha512)</hash>
                    <url location="de" priority="1">http://near.example/gentoo/distfiles/a.tar</url>
                    <url location="fr" priority="2">https://far.example/gentoo/distfiles/a.tar</url>
                    <url priority="999999">https://fallback.example/all/distfiles/a.tar</url>
                  </file>
                </metalink>

                """
        )
        #expect(
            answer.fields["content-disposition"] == "attachment; filename*=UTF-8''a.tar.meta4"
        )
    }

    @Test func namesAreEscapedInTheMetalink() throws {
        let answer = try PageFixture().get("/distfiles/x%252Fy%20z+.tar.meta4")
        #expect(answer.body.contains("<file name=\"x%2Fy z+.tar\">"))
        #expect(
            answer.body.contains("http://near.example/gentoo/distfiles/x%252Fy%20z%2B.tar</url>")
        )
        #expect(
            answer.fields["content-disposition"]
                == "attachment; filename*=UTF-8''x%252Fy%20z%2B.tar.meta4"
        )
    }

    @Test func anHTTPSClientGetsNoHTTPInItsMetalink() throws {
        for target in ["/distfiles/a.tar.meta4?https=1", "/distfiles/a.tar?meta4&https=1"] {
            let body = try PageFixture().get(target).body
            #expect(!body.contains("http://"))
            #expect(body.contains("https://near.example/"))
        }
        let proxied = try PageFixture().get("/distfiles/a.tar.meta4", "X-Forwarded-Proto: https")
        #expect(!proxied.body.contains("http://"))
    }

    // MARK: Explanation

    @Test func theExplanationIsTheDecision() throws {
        for query in [
            "", "&country=fr", "&avoid=near", "&mirror=far", "&https=1", "&avoid=near,far",
        ] {
            let explanation = try PageFixture().get("/distfiles/a.tar?explain\(query)").json()
            let redirect = try PageFixture().get("/distfiles/a.tar?x\(query)")
            guard case .object(let decision)? = explanation["decision"],
                case .string(let location)? = decision["location"]
            else {
                Issue.record("no decision")
                continue
            }
            // Only the fallback gets the query.
            let expected = redirect.fields["location"]?.split(separator: "?").first
            #expect(expected.map { String($0) } == location, "\(query)")
        }
    }

    @Test func theExplanationNamesEveryExclusion() throws {
        let explanation = try PageFixture().get("/distfiles/a.tar?explain&avoid=far&https=1").json()
        guard case .array(let excluded)? = explanation["excluded"],
            case .array(let candidates)? = explanation["candidates"],
            case .object(let first)? = candidates.first,
            case .object(let ranking)? = first["ranking"]
        else {
            Issue.record("not all there")
            return
        }
        var reasons: [String: String] = [:]
        for case .object(let object) in excluded {
            guard case .string(let id)? = object["accessPoint"],
                case .string(let reason)? = object["reason"]
            else { continue }
            reasons[id] = reason
            if id == "sick-https" { #expect(object["problem"] == "connection refused") }
        }
        #expect(
            reasons == [
                "near-http": "downgrade", "sick-https": "down", "far-https": "avoided",
                "lacking-http": "notHeld",
            ]
        )
        #expect(first["accessPoint"] == "near-https")
        #expect(ranking["score"] == .number(1.5), "from the Builder's report")
    }

    @Test func theExplanationShowsANetworkAndNoAddress() throws {
        let answer = try PageFixture().get("/distfiles/a.tar?explain", "X-Forwarded-For: 8.8.4.4")
        #expect(answer.body.contains("\"network\": \"8.8.4.0\""))
        #expect(!answer.body.contains("8.8.4.4"))
    }

    @Test(
        arguments: [
            ("/unknown?explain", "unknown-path"), ("/distfiles/nobody?explain", "no-replica"),
            ("/distfiles/a.tar?explain&avoid=near,far", "no-mirror-up"),
        ] as [(String, String)]
    )
    func theExplanationGivesTheReasonOfAFallback(target: String, reason: String) throws {
        guard case .object(let decision)? = try PageFixture().get(target).json()["decision"] else {
            Issue.record("no decision")
            return
        }
        #expect(decision["outcome"] == "fallback")
        #expect(decision["reason"] == .string(reason))
    }

    // MARK: Removed files

    @Test(arguments: ["mirrorlist", "explain"])
    func programsAreToldWhenTheMasterRemovedAFile(query: String) throws {
        let header = "Accept: application/json"
        let removed = try PageFixture().get("/distfiles/real.meta4?\(query)", header).json()
        #expect(removed["removed"] == "2023-11-14T22:13:20Z")
        let live = try PageFixture().get("/distfiles/a.tar?\(query)", header).json()
        #expect(live["modified"] != nil && live["removed"] == nil)
    }

    @Test func peopleAreToldWhenTheMasterRemovedAFile() throws {
        let removed = try PageFixture().get("/distfiles/real.meta4?mirrorlist").body
        #expect(removed.contains("<dt>Removed</dt><dd>2023-11-14"))
        let live = try PageFixture().get("/distfiles/a.tar?mirrorlist").body
        #expect(live.contains("<dt>Modified</dt>") && !live.contains("Removed"))
    }

    // MARK: Digests

    @Test(arguments: ["Want-Repr-Digest: sha-512=10", "Want-Digest: sha-256"])
    func aClientThatWantsDigestsGetsThemWithTheRedirect(header: String) throws {
        let answer = try PageFixture().get("/distfiles/a.tar", header)
        #expect(answer.status == "HTTP/1.1 302 Found")
        let sha256 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let sha512 =
            "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4v"
            + "MDEyMzQ1Njc4OTo7PD0+Pw=="
        #expect(
            answer.fields["repr-digest"] == "sha-256=:\(sha256):, sha-512=:\(sha512):"
        )
        #expect(answer.fields["digest"] == "SHA-256=\(sha256),SHA-512=\(sha512)")
    }

    @Test func withoutDetailsTheRedirectIsSentAllTheSame() throws {
        var fixture = PageFixture()
        fixture.areDetailsThere = false
        let answer = try fixture.get("/distfiles/a.tar", "Want-Repr-Digest: sha-512=10")
        #expect(answer.status == "HTTP/1.1 302 Found")
        #expect(answer.fields["repr-digest"] == nil)
        // No digest was asked for.
        let plain = try PageFixture().get("/distfiles/a.tar")
        #expect(plain.fields["repr-digest"] == nil)
    }

    // MARK: Landing page

    @Test func theRootSaysWhatThisIs() throws {
        var fixture = PageFixture()
        fixture.downIDs = ["near-http", "sick-https"]
        let page = try fixture.get("/").body
        for text in ["europe", "3 of 4", "2 hours ago", "?mirrorlist", "metrics", ">6<"] {
            #expect(page.contains(text), "\(text)")
        }
    }
}
