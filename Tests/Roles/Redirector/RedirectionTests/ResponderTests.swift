import Bytes
import HealthFormat
import Mirrors
import Redirection
import RegionMapFormat
import TestSupport
import Testing
import Time

/// Answers as a client sees them: request bytes in, answer bytes out.
@Suite struct ResponderTests {
    /// Two equal mirrors and a far one; only the far one has everything.
    static func map() throws -> [UInt8] {
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 7, builtAt: 1_000)
        func add(_ mirror: String, _ scheme: RegionMapScheme, rank: UInt16, country: String) throws
        {
            let letters = Array(country.utf8)
            _ = try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "\(mirror)-\(scheme)",
                    mirrorID: mirror,
                    mirrorName: mirror,
                    baseURL: "\(scheme)://\(mirror).example/gentoo/",
                    clientCountries: "",
                    scheme: scheme,
                    country: RegionMapCountry(
                        rawValue: UInt16(letters[0]) | UInt16(letters[1]) << 8
                    ),
                    rank: rank
                )
            )
        }
        try add("near", .http, rank: 0, country: "DE")
        try add("far", .http, rank: 5, country: "FR")
        try add("far", .https, rank: 5, country: "FR")
        // The far one is as near to Luxembourg as the near one is to the region.
        let luxembourg = try #require(RegionMapCountry(rawValue: 0x554C))
        try writer.add(ranks: [7, 0, 0], for: luxembourg)
        for path in ["distfiles/a.tar", "distfiles/x%2Fy+z@1!~(2){3},4", "releases/amd64/"] {
            try writer.add(path: Array(path.utf8), replicas: [0, 1, 2])
        }
        try writer.add(path: Array("only-far".utf8), replicas: [1])
        try writer.add(path: Array("nobody".utf8), replicas: [])
        return try writer.finished()
    }

    private static func settings() -> AnswerSettings {
        AnswerSettings(fallbackURL: Array("https://fallback.example/all/".utf8))
    }

    private func answer(
        _ request: String,
        settings: AnswerSettings = settings(),
        health: CurrentHealth? = nil,
        withMap: Bool = true,
        peer: String = "192.0.2.1"
    ) throws -> AnswerText {
        var responder = Responder(settings: settings, metrics: Metrics())
        if withMap {
            responder.snapshot = try Snapshot(
                map: StableBytes(copying: try Self.map()),
                verifying: true,
                health: health
            )
        }
        return AnswerText(try bytes(request, &responder, peer: peer))
    }

    private func bytes(
        _ request: String,
        _ responder: inout Responder,
        peer: String = "192.0.2.1"
    ) throws -> [UInt8] {
        let bytes = Array(request.utf8)
        var parser = RequestParser()
        var answer: [UInt8] = []
        switch parser.parse(bytes.span) {
        case .incomplete: Issue.record("incomplete request")
        case .refused(let error): responder.refuse(error, now: 0, to: &answer)
        case .head(let head):
            _ = responder.answer(
                head,
                in: bytes.span,
                from: Responder.Peer(address: IPAddress(peer)),
                now: 784_111_777,
                closing: !head.keepsAlive,
                to: &answer
            )
        }
        return answer
    }

    private func get(_ target: String, _ headers: String = "") -> String {
        "GET \(target) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n"
    }

    @Test func aWholeAnswer() throws {
        var responder = Responder(settings: Self.settings(), metrics: Metrics())
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try Self.map()),
            verifying: true,
            health: nil
        )
        let text = String(decoding: try bytes(get("/distfiles/a.tar"), &responder), as: UTF8.self)
        let body = """
            <!DOCTYPE html>
            <html lang="en"><title>Found</title>
            <p>The file is <a href="http://near.example/gentoo/distfiles/a.tar">here</a>.

            """
        let expected = [
            "HTTP/1.1 302 Found",
            "Date: Sun, 06 Nov 1994 08:49:37 GMT",
            "Cache-Control: no-store",
            "Content-Type: text/html; charset=utf-8",
            "Redirector: mirror",
            "Location: http://near.example/gentoo/distfiles/a.tar",
            "Link: <http://near.example/gentoo/distfiles/a.tar>; rel=duplicate; pri=1; geo=de, "
                + "<http://far.example/gentoo/distfiles/a.tar>; rel=duplicate; pri=2; geo=fr, "
                + "<a.tar.meta4>; rel=describedby; type=\"application/metalink4+xml\"",
            "Content-Length: \(body.utf8.count)",
            "",
            body,
        ].joined(separator: "\r\n")
        #expect(text == expected)
    }

    @Test func headIsGetWithoutBody() throws {
        for target in ["/distfiles/a.tar", "/unknown", "/a%2Fb", "/_/health", "/metrics"] {
            let get = try answer(get(target))
            let head = try answer("HEAD \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(head.head == get.head)
            #expect(head.body.isEmpty)
            #expect(get.fields["content-length"] == "\(get.body.utf8.count)")
        }
    }

    @Test(
        arguments: [
            // Known, and spelt in every way that stands for the same bytes.
            ("/distfiles/a.tar", "http://near.example/gentoo/distfiles/a.tar"),
            ("//distfiles/./%61.tar", "http://near.example/gentoo/distfiles/a.tar"),
            ("/distfiles/a.tar?utm=1", "http://near.example/gentoo/distfiles/a.tar"),
            ("http://other/distfiles/a.tar", "http://near.example/gentoo/distfiles/a.tar"),
            (
                "/distfiles/x%252Fy+z@1!~(2){3},4",
                "http://near.example/gentoo/distfiles/x%252Fy%2Bz%401%21~%282%29%7B3%7D%2C4"
            ),
            ("/only-far", "http://far.example/gentoo/only-far"),
            // A directory with and without its slash; a file has none.
            ("/releases/amd64/", "http://near.example/gentoo/releases/amd64/"),
            ("/releases/amd64", "http://near.example/gentoo/releases/amd64/"),
            ("/distfiles/a.tar/", "https://fallback.example/all/distfiles/a.tar/"),
            // To the fallback, with path and query.
            ("/", "https://fallback.example/all/"),
            ("/unknown", "https://fallback.example/all/unknown"),
            ("/unknown/", "https://fallback.example/all/unknown/"),
            ("/nobody", "https://fallback.example/all/nobody"),
            (
                "/a+b%20c%25?q=%20&x=<y>",
                "https://fallback.example/all/a%2Bb%20c%25?q=%20&x=%3Cy%3E"
            ),
            // Neither the target's authority nor a double slash opens a door to another host.
            ("//evil.example/x", "https://fallback.example/all/evil.example/x"),
            ("/%5Cevil.example", "https://fallback.example/all/%5Cevil.example"),
            ("/@evil.example", "https://fallback.example/all/%40evil.example"),
            ("http://evil.example/x", "https://fallback.example/all/x"),
        ] as [(String, String)]
    )
    func redirects(target: String, location: String) throws {
        let answer = try answer(get(target))
        #expect(answer.status == "HTTP/1.1 302 Found")
        #expect(answer.fields["location"] == location)
        #expect(answer.body.contains("<a href=\"\(location)\">"))
    }

    /// Whatever a request contains, no header ends early, and none of its bytes appears in one
    /// unescaped.
    @Test(
        arguments: [
            "/%0d%0aSet-Cookie:%20a=b", "/x%0aLocation:%20http://evil/", "/a?%0d%0aX:%20y",
            "/a%22%3E%3Cscript%3E", "/%2e%2e/%2e%2e/etc/passwd", "/%252e%252e/x", "/a%00b",
        ]
    )
    func noRequestInjectsAHeader(target: String) throws {
        let answer = try answer(get(target))
        #expect(
            Set(answer.fields.keys).isSubset(of: [
                "date", "cache-control", "content-type", "redirector", "location",
                "content-length",
            ])
        )
        #expect(!answer.body.contains("<script"))
    }

    @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get"])
    func otherMethodsAreNotAllowed(method: String) throws {
        let answer = try answer("\(method) /distfiles/a.tar HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(answer.status == "HTTP/1.1 405 Method Not Allowed")
        #expect(answer.fields["allow"] == "GET, HEAD")
        #expect(answer.fields["connection"] == nil)
    }

    @Test(arguments: RequestError.allCases)
    func everyRefusalIsAnsweredWithItsStatus(error: RequestError) throws {
        var responder = Responder(settings: Self.settings(), metrics: Metrics())
        var bytes: [UInt8] = []
        responder.refuse(error, now: 0, to: &bytes)
        let answer = AnswerText(bytes)
        #expect(answer.status == "HTTP/1.1 \(error.status.line)")
        #expect(answer.fields["connection"] == "close")
        #expect(answer.body == "\(error)\n")
        let isOurs = error == .unsupportedVersion || error == .tooManyPages
        #expect((500...599).contains(error.status.rawValue) == isOurs)
        #expect((answer.fields["retry-after"] != nil) == (error == .tooManyPages))
    }

    /// A queue that is full and stays full.
    private final class FullExecutor: PageExecutor, PageRenderer {
        func hasRoom(for peer: Responder.Peer) -> Bool { false }
        func answer(_ request: PageRequest) -> [UInt8] { [] }
        func loadDetails(for snapshot: Snapshot) {}
    }

    /// A path is redirected whatever else is going on; a request for anything else has to wait.
    @Test(
        arguments: [
            ("/distfiles/a.tar", "", "302"), ("/distfiles/a.tar?meta4", "", "503"),
            ("/distfiles/a.tar.meta4", "", "503"), ("/", "", "503"), ("/?mirrorlist", "", "503"),
            ("/distfiles/a.tar?mirrorlist", "", "503"), ("/distfiles/a.tar?explain", "", "503"),
            ("/distfiles/a.tar", "Accept: application/metalink4+xml\r\n", "302"),
            ("/distfiles/a.tar", "Want-Repr-Digest: sha-256=1\r\n", "302"),
            ("/unknown.meta4", "", "302"), ("/_/health", "", "200"), ("/metrics", "", "200"),
        ] as [(String, String, String)]
    )
    func onlyPagesAreRefusedWhenThereAreTooMany(
        target: String,
        headers: String,
        status: String
    ) throws {
        var responder = Responder(
            settings: Self.settings(),
            metrics: Metrics(),
            pages: FullExecutor(),
            executor: FullExecutor()
        )
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try Self.map()),
            verifying: true,
            health: nil
        )
        let answer = AnswerText(try bytes(get(target, headers), &responder))
        #expect(answer.status.split(separator: " ")[1] == status)
        #expect((answer.fields["retry-after"] != nil) == (status == "503"))
    }

    @Test func aMirrorThatIsDownIsLeftOut() throws {
        let one = try answer(get("/distfiles/a.tar"), health: .down("near-http"))
        #expect(one.fields["location"] == "http://far.example/gentoo/distfiles/a.tar")
        #expect(one.fields["link"]?.contains("near") == false)
        let none = try answer(
            get("/distfiles/a.tar"),
            health: .down("near-http", "far-http", "far-https")
        )
        #expect(none.fields["location"] == "https://fallback.example/all/distfiles/a.tar")
    }

    /// A doubt applies to a path: the mirror goes on serving others.
    @Test func aMirrorThatIsDoubtedForAPathIsLeftOutForIt() throws {
        var health = Health()
        let hash = PathFilter.hash(of: Array("distfiles/a.tar".utf8)[...])
        health.doubts["near-http"] = Health.Doubt(
            reason: .lost,
            since: CurrentHealth.moment,
            scope: .paths(PathFilter(hashes: [hash]))
        )
        let doubted = try answer(get("/distfiles/a.tar"), health: .of(health))
        #expect(doubted.fields["location"] == "http://far.example/gentoo/distfiles/a.tar")
        #expect(doubted.fields["link"]?.contains("near") == false)
        let other = try answer(get("/releases/amd64/"), health: .of(health))
        #expect(other.fields["location"]?.hasPrefix("http://near.example/") == true)
    }

    @Test func aTrustedHopDecidesSchemeAndCountry() throws {
        var settings = Self.settings()
        settings.trustedProxies = try #require(TrustedProxies("192.0.2.0/24"))
        let https = "X-Forwarded-Proto: https\r\nX-Forwarded-For: 198.51.100.1\r\n"
        let safe = try answer(get("/distfiles/a.tar", https), settings: settings)
        #expect(safe.fields["location"] == "https://far.example/gentoo/distfiles/a.tar")
        let french = try answer(get("/distfiles/a.tar", "CF-IPCountry: FR\r\n"), settings: settings)
        #expect(french.fields["location"] == "http://far.example/gentoo/distfiles/a.tar")
        let stranger = try answer(
            get("/distfiles/a.tar", https),
            settings: settings,
            peer: "203.0.113.1"
        )
        #expect(stranger.fields["location"] == "http://near.example/gentoo/distfiles/a.tar")
    }

    @Test func settingsShowInTheAnswer() throws {
        var settings = Self.settings()
        settings.status = .temporaryRedirect
        settings.maxLinks = 0
        settings.maxAge = 300
        let open = try answer(get("/distfiles/a.tar"), settings: settings)
        #expect(open.status == "HTTP/1.1 307 Temporary Redirect")
        #expect(open.fields["link"] == nil)
        #expect(open.fields["cache-control"] == "public, max-age=300")
        #expect(open.fields["vary"] == "Accept, Want-Digest, Want-Repr-Digest")
    }

    /// nginx caches no answer with a longer `Vary`.
    @Test func theVaryNamesWhatIsBelievedInAtMost128Bytes() throws {
        let hops = "Accept, Want-Digest, Want-Repr-Digest, X-Forwarded-Proto, Forwarded"
        var settings = Self.settings()
        settings.trustedProxies = try #require(TrustedProxies("192.0.2.0/24"))
        settings.maxAge = 300
        let unnamed = try answer(get("/distfiles/a.tar"), settings: settings)
        #expect(unnamed.fields["vary"] == hops)
        let french = get("/distfiles/a.tar", "CF-IPCountry: FR\r\n")
        #expect(try answer(french, settings: settings).fields == unnamed.fields, "not believed")

        settings.countryHeader = FieldName("CloudFront-Viewer-Country")
        let named = try answer(get("/distfiles/a.tar"), settings: settings)
        #expect(named.fields["vary"] == hops + ", CloudFront-Viewer-Country")
        let longest = String(repeating: "x", count: FieldName.longest)
        settings.countryHeader = FieldName(longest)
        settings.originalURIHeader = FieldName(longest)
        for target in ["/distfiles/a.tar", "/unknown", "/nobody"] {
            let vary = try #require(try answer(get(target), settings: settings).fields["vary"])
            #expect(vary == hops + ", " + longest + ", " + longest)
            #expect(vary.utf8.count <= 128)
        }
    }

    /// A checker that gets one of our answers is not talking to a mirror.
    @Test(
        arguments: [
            ("/distfiles/a.tar", "mirror"), ("/unknown", "fallback; reason=unknown-path"),
            ("/nobody", "fallback; reason=no-replica"), ("/a%2Fb", "refused"),
            ("/_/health", "page"), ("/_/ready", "refused"), ("/metrics", "page"),
        ] as [(String, String)]
    )
    func everyAnswerIsMarked(target: String, mark: String) throws {
        #expect(try answer(get(target)).fields["redirector"] == mark)
    }

    @Test func aFallbackSaysWhy() throws {
        let down = try CurrentHealth.down("near-http", "far-http", "far-https")
        let dead = try answer(get("/distfiles/a.tar"), health: down)
        #expect(dead.fields["redirector"] == "fallback; reason=no-mirror-up")
        let early = try answer(get("/distfiles/a.tar"), withMap: false)
        #expect(early.fields["redirector"] == "fallback; reason=no-map")
    }

    /// A mirror list that names a redirector must not make it its own mirror.
    @Test(arguments: ["/distfiles/a.tar", "/unknown", "/", "/distfiles/a.tar?mirrorlist"])
    func aCheckerIsRefused(target: String) throws {
        let userAgent = "User-Agent: Redirector-checker/0.1.0 (+mailto:a@example.org)\r\n"
        let answer = try answer(get(target, userAgent))
        #expect(answer.status == "HTTP/1.1 403 Forbidden")
        #expect(answer.fields["redirector"] == "refused")
        #expect(answer.fields["location"] == nil)
        #expect(answer.body.contains("list of mirrors"))
    }

    @Test func aCheckerMayAskForHealth() throws {
        let userAgent = "User-Agent: Redirector-checker/0.1.0\r\n"
        #expect(try answer(get("/_/health", userAgent)).status == "HTTP/1.1 200 OK")
        #expect(try answer(get("/metrics", userAgent)).status == "HTTP/1.1 200 OK")
    }

    /// wget2 downloads from the first duplicate and not from the Location.
    @Test(arguments: ["/distfiles/a.tar", "/only-far", "/releases/amd64/"])
    func theChosenMirrorIsTheFirstDuplicate(target: String) throws {
        let answer = try answer(get(target))
        let location = try #require(answer.fields["location"])
        #expect(answer.fields["link"]?.hasPrefix("<\(location)>; rel=duplicate; pri=1") == true)
        let duplicates = answer.fields["link"]?.ranges(of: location).count
        #expect(duplicates == 1)
    }

    @Test func othersAreNamedUpToTheirLimit() throws {
        var settings = Self.settings()
        settings.maxLinks = 1
        let link = try answer(get("/distfiles/a.tar"), settings: settings).fields["link"]
        #expect(link?.ranges(of: "rel=duplicate").count == 2)
    }

    /// One answer then serves many clients, so it must not depend on the first.
    @Test func aCacheableAnswerDoesNotDependOnTheAddress() throws {
        var settings = Self.settings()
        settings.maxAge = 300
        let first = try answer(get("/distfiles/a.tar"), settings: settings)
        for number in 0..<50 {
            let other = try answer(
                get("/distfiles/a.tar"),
                settings: settings,
                peer: "198.51.\(number).1"
            )
            #expect(other.fields == first.fields)
        }
    }

    /// The longest path that fits in a request line, with every byte of it escaped, everywhere it
    /// occurs.
    @Test func theLongestPathFitsEverywhere() throws {
        let length = RequestParser.requestLineLimit - "GET /a HTTP/1.1\r\n".utf8.count
        let name = String(repeating: "+", count: length)
        var writer = RegionMapWriter(regionID: "europe", catalogGeneration: 1, builtAt: 0)
        for number in 0..<16 {
            _ = try writer.addAccessPoint(
                RegionMapAccessPoint(
                    id: "m\(number)",
                    mirrorID: "m\(number)",
                    mirrorName: "",
                    baseURL: "http://m\(number).example/" + String(repeating: "x", count: 500)
                        + "/",
                    clientCountries: "",
                    scheme: .http
                )
            )
        }
        try writer.add(path: Array("a\(name)".utf8), replicas: (0..<16).map { UInt16($0) })
        var settings = Self.settings()
        settings.maxLinks = 15
        var responder = Responder(settings: settings, metrics: Metrics())
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try writer.finished()),
            verifying: true,
            health: nil
        )
        let answer = AnswerText(try bytes(get("/a\(name)"), &responder))
        let escaped = "a" + String(repeating: "%2B", count: length)
        #expect(answer.fields["location"]?.hasSuffix("/\(escaped)") == true)
        #expect(answer.fields["link"]?.ranges(of: "/\(escaped)>").count == 16)
        #expect(answer.fields["content-length"] == "\(answer.body.utf8.count)")
        let unknown = AnswerText(try bytes(get("/b\(name)"), &responder))
        #expect(unknown.fields["location"]?.hasSuffix("/b\(escaped.dropFirst())") == true)
    }

    /// A request for the Metalink of an unknown file does not get that of another file.
    @Test func anUnknownFileIsNoOtherFileWhateverIsAccepted() throws {
        for target in ["/distfiles/a.tar.gz", "/distfiles/a.ta", "/distfiles/a.tar/x"] {
            let answer = try answer(get(target, "Accept: application/metalink4+xml\r\n"))
            #expect(answer.fields["location"] == "https://fallback.example/all\(target)")
            #expect(answer.fields["link"] == nil)
        }
    }

    @Test(arguments: [
        "\u{FF}\u{FE}", "1.2.3.4\u{E9}", "::ffff:999.1.1.1", ",,,,", "[", "1.2.3.4:x",
    ])
    func garbageFromATrustedHopIsNobody(forwardedFor: String) throws {
        var settings = Self.settings()
        settings.trustedProxies = try #require(TrustedProxies("192.0.2.0/24"))
        let answer = try answer(
            get(
                "/distfiles/a.tar",
                "X-Forwarded-For: \(forwardedFor)\r\nCF-IPCountry: \u{FF}?\r\n"
            ),
            settings: settings
        )
        #expect(answer.fields["location"] == "http://near.example/gentoo/distfiles/a.tar")
    }

    @Test func aCountryWithoutMirrorsChangesNothing() throws {
        let plain = try answer(get("/distfiles/a.tar"))
        let wished = try answer(get("/distfiles/a.tar?country=aq"))
        #expect(wished.fields == plain.fields)
        let french = try answer(get("/distfiles/a.tar?country=fr"))
        #expect(french.fields["location"] == "http://far.example/gentoo/distfiles/a.tar")
    }

    @Test func aCountryWithRanksOfItsOwnIsAnsweredByThem() throws {
        let french = "http://far.example/gentoo/distfiles/a.tar"
        #expect(try answer(get("/distfiles/a.tar?country=lu")).fields["location"] == french)
        var settings = Self.settings()
        settings.trustedProxies = try #require(TrustedProxies("192.0.2.0/24"))
        let header = "X-Country-Code: LU\r\n"
        let answer = try answer(get("/distfiles/a.tar", header), settings: settings)
        #expect(answer.fields["location"] == french)
    }

    /// A responder that remembers clients, and a way to ask it for a request's target.
    private struct Retries: ~Copyable {
        var responder: Responder
        private let tests: ResponderTests

        init(_ tests: ResponderTests, settings: AnswerSettings = settings()) throws {
            self.tests = tests
            responder = Responder(
                settings: settings,
                metrics: Metrics(),
                retries: RetryTable(seconds: 60)
            )
            responder.snapshot = try Snapshot(
                map: StableBytes(copying: try ResponderTests.map()),
                verifying: true,
                health: nil
            )
        }

        /// The host that a request for `/distfiles/a.tar` is sent to.
        mutating func host(
            _ method: String = "GET",
            _ headers: String = "",
            query: String = "",
            peer: String = "192.0.2.1"
        ) throws -> String? {
            let request =
                "\(method) /distfiles/a.tar\(query) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n"
            let answer = AnswerText(try tests.bytes(request, &responder, peer: peer))
            return answer.fields["location"].flatMap { $0.split(separator: "/").dropFirst().first }
                .map { String($0.prefix { $0 != "." }) }
        }
    }

    @Test func aClientThatAsksAgainIsSentElsewhere() throws {
        var retries = try Retries(self)
        #expect(try retries.host("HEAD") == "near")
        #expect(try retries.host() == "near", "a HEAD before it is no attempt")
        #expect(try retries.host() == "far")
        #expect(try retries.host("HEAD") == "near", "and none behind it")
        #expect(try retries.host(query: "?avoid=far") == "near", "who says what it wants gets it")
        #expect(try retries.host() == "near", "the third of two candidates")
        #expect(try retries.host() == "far")
        #expect(try retries.host() == "near", "a crowd")
        #expect(try retries.host(peer: "192.0.2.2") == "near", "a neighbour")
    }

    @Test func aDownloadGoesOnWhereItBegan() throws {
        var retries = try Retries(self)
        let part = "Range: bytes=100-\r\n"
        #expect(try retries.host("GET", part) == "near", "of whom nothing is known")
        #expect(try retries.host() == "near")
        for _ in 0..<32 { #expect(try retries.host("GET", part) == "near") }
        #expect(try retries.host() == "far")
        for _ in 0..<32 { #expect(try retries.host("GET", part) == "far") }
    }

    /// A hundred machines behind one address fetch one file.
    @Test func aCrowdBehindOneAddressIsSentToTheFirstChoice() throws {
        var retries = try Retries(self)
        let hosts = try (0..<100).map { _ in try retries.host() }
        #expect(hosts[4...].allSatisfy { $0 == "near" })
        #expect(Set(hosts[..<4]) == ["near", "far"])
    }

    /// The answer is shared, so it must not depend on earlier clients.
    @Test func whereCachesKeepAnswersNobodyIsSentElsewhere() throws {
        var settings = Self.settings()
        settings.maxAge = 60
        var retries = try Retries(self, settings: settings)
        for _ in 0..<5 { #expect(try retries.host() == "near") }
    }

    @Test func connectionIsSaidWhereTheVersionAsksForIt() throws {
        #expect(try answer(get("/a", "Connection: close\r\n")).fields["connection"] == "close")
        let old = try answer("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        #expect(old.fields["connection"] == "keep-alive")
    }

    @Test func readinessAndHealthAreApart() throws {
        var responder = Responder(settings: Self.settings(), metrics: Metrics())
        #expect(AnswerText(try bytes(get("/_/health"), &responder)).status == "HTTP/1.1 200 OK")
        #expect(
            AnswerText(try bytes(get("/_/ready"), &responder)).status
                == "HTTP/1.1 503 Service Unavailable"
        )
        responder.isReady = true
        #expect(AnswerText(try bytes(get("/_/ready"), &responder)).status == "HTTP/1.1 200 OK")
        let file = AnswerText(try bytes(get("/distfiles/a.tar"), &responder))
        #expect(file.status == "HTTP/1.1 302 Found", "without a map too")
    }

    @Test func metricsCountOutcomesAndReasons() throws {
        var responder = Responder(settings: Self.settings(), metrics: Metrics())
        _ = try bytes(get("/distfiles/a.tar"), &responder)
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try Self.map()),
            verifying: true,
            health: nil
        )
        for target in ["/distfiles/a.tar", "/distfiles/a.tar", "/unknown", "/nobody", "/a%2Fb"] {
            _ = try bytes(get(target), &responder)
        }
        let text = AnswerText(try bytes(get("/metrics"), &responder)).body
        for line in [
            "redirector_requests_total{outcome=\"mirror\"} 2",
            "redirector_requests_total{outcome=\"fallback\"} 3",
            "redirector_requests_total{outcome=\"refused\"} 1",
            "redirector_fallbacks_total{reason=\"no-map\"} 1",
            "redirector_fallbacks_total{reason=\"unknown-path\"} 1",
            "redirector_fallbacks_total{reason=\"no-replica\"} 1",
            "redirector_fallbacks_total{reason=\"no-mirror-up\"} 0",
            "redirector_map_generation 7",
            "redirector_map_age_seconds 784110777",
            // No probe has run yet.
            "redirector_access_points{state=\"up\"} 0",
            "redirector_access_points{state=\"unknown\"} 3",
            "redirector_health_used 0",
        ] {
            #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
        }
    }

    @Test func metricsNameTheProgram() {
        let bytes = Metrics(of: ("1.2.3", 1_700_000_000)).text(snapshot: nil, now: 1_700_000_060)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        #expect(lines.contains("redirector_build_info{version=\"1.2.3\"} 1"))
        #expect(lines.contains("process_start_time_seconds 1700000000"))
    }

    /// If health is too old, no access point counts as up, and the age is still shown.
    @Test(arguments: [30, 1000] as [Int64])
    func metricsCountWhatProbesFound(age: Int64) throws {
        let now = Timestamp(secondsSinceEpoch: 1_700_000_000)
        let probedAt = now.advanced(bySeconds: -age)
        var health = Health()
        health.probedAt = probedAt
        for (id, outage) in [("near-https", nil), ("x", nil), ("y", Outage.refused)]
            as [(
                String, Outage?
            )]
        {
            health.statuses[id] = Health.Status(
                outage: outage,
                since: probedAt,
                checkedAt: probedAt
            )
        }
        let snapshot = try Snapshot(
            map: StableBytes(copying: Self.map()),
            verifying: true,
            health: CurrentHealth(HealthReport(health), seenAt: now, at: now, maximumAge: 900)
        )
        let bytes = Metrics().text(snapshot: snapshot, now: now.secondsSinceEpoch)
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let isUsed = age < 900
        #expect(lines.contains("redirector_health_age_seconds \(age)"))
        #expect(lines.contains("redirector_health_used \(isUsed ? 1 : 0)"))
        #expect(lines.contains("redirector_access_points{state=\"up\"} \(isUsed ? 3 : 0)"))
        #expect(lines.contains("redirector_access_points{state=\"unknown\"} \(isUsed ? 0 : 3)"))
        #expect(lines.contains("redirector_probed_access_points{state=\"up\"} 2") == isUsed)
        #expect(lines.contains("redirector_probed_access_points{state=\"down\"} 1") == isUsed)
    }

    @Test func aDamagedMapIsRefused() throws {
        var map = try Self.map()
        map[map.count - 1] ^= 1
        #expect(throws: RegionMapError.self) {
            try Snapshot(map: StableBytes(copying: map), verifying: true, health: nil)
        }
        #expect(throws: RegionMapError.self) {
            try Snapshot(map: StableBytes(copying: []), verifying: false, health: nil)
        }
    }
}
