import Redirection
import TestSupport
import Testing

@testable import Pages

/// Lists, Metalinks and digests in the form that programs read.
@Suite struct PlainListTests {
    private static let fallback = "https://fallback.example/all/"

    // MARK: Lists

    @Test(
        arguments: [
            ("?mirrorlist&format=text", "*/*"), ("?format=text&mirrorlist", "text/html"),
            // The URL that apt makes from the address of a list.
            ("?mirrorlist&format=text/", "*/*"), ("?mirrorlist", "text/plain"),
            ("?mirrorlist", "text/plain, text/html;q=0.9, */*;q=0.1"),
            ("?mirrorlist", "text/plain, application/json;q=0.9"),
        ] as [(String, String)]
    )
    func theListIsOneURLALineTheFallbackLast(query: String, accept: String) throws {
        let answer = try PageFixture().get("/distfiles/a.tar\(query)", "Accept: \(accept)")
        #expect(answer.status == "HTTP/1.1 200 OK")
        #expect(answer.fields["content-type"] == "text/plain; charset=utf-8")
        #expect(answer.fields["vary"] == "Accept")
        #expect(
            answer.body == """
                http://near.example/gentoo/distfiles/a.tar
                https://far.example/gentoo/distfiles/a.tar
                \(Self.fallback)distfiles/a.tar

                """
        )
    }

    @Test(
        arguments: [
            ("?mirrorlist", "*/*", "text/html; charset=utf-8"),
            ("?mirrorlist", "text/*", "text/html; charset=utf-8"),
            ("?mirrorlist", "text/plain, text/html", "text/html; charset=utf-8"),
            ("?mirrorlist", "text/plain, application/json", "application/json"),
            ("?mirrorlist&format=html", "application/json", "text/html; charset=utf-8"),
            ("?mirrorlist&format=json", "text/html", "application/json"),
            ("?mirrorlist&format=yaml", "application/json", "application/json"),
            ("?mirrorlist&format=", "*/*", "text/html; charset=utf-8"),
            ("?mirrorlist&format=/", "*/*", "text/html; charset=utf-8"),
        ] as [(String, String, String)]
    )
    func theFormIsTheQuerysOrTheMostWelcome(query: String, accept: String, type: String) throws {
        let answer = try PageFixture().get("/distfiles/a.tar\(query)", "Accept: \(accept)")
        #expect(answer.fields["content-type"] == type)
    }

    @Test func theListOfTheTreeHasBaseURLs() throws {
        #expect(
            try PageFixture().get("/?mirrorlist&format=text").body == """
                http://near.example/gentoo/
                https://far.example/gentoo/
                http://lacking.example/gentoo/
                \(Self.fallback)

                """
        )
        #expect(
            try PageFixture().get("/dir?mirrorlist&format=text").body == """
                http://near.example/gentoo/dir/
                https://far.example/gentoo/dir/
                \(Self.fallback)dir/

                """
        )
    }

    @Test func aptsListHasPriorities() throws {
        #expect(
            try PageFixture().get("/dir/?mirrorlist&format=apt").body == """
                http://near.example/gentoo/dir/\tpriority:1
                https://far.example/gentoo/dir/\tpriority:2
                \(Self.fallback)dir/\tpriority:3

                """
        )
    }

    @Test(
        arguments: [
            ("/dir", "dir/$repo/os/$arch"), ("/dir/", "dir/$repo/os/$arch"),
            ("/dir/$repo", "dir/$repo"), ("/dir/$repo/$arch/", "dir/$repo/$arch"),
            ("/dir/%24repo/a%20b/$arch", "dir/$repo/a%20b/$arch"),
            // Only pacman's variables are known, so there is no such folder.
            ("/dir/$home/$arch", nil), ("/unknown/$repo", nil),
        ] as [(String, String?)]
    )
    func pacmansListHasItsVariables(path: String, expected: String?) throws {
        let body = try PageFixture().get("\(path)?mirrorlist&format=pacman").body
        let lines = body.split(separator: "\n")
        #expect(lines.allSatisfy { $0.hasPrefix("Server = http") })
        guard let expected else {
            #expect(lines.count == 1)
            return
        }
        #expect(
            lines == [
                "Server = http://near.example/gentoo/\(expected)",
                "Server = https://far.example/gentoo/\(expected)",
                "Server = \(Self.fallback)\(expected)",
            ]
        )
    }

    @Test func wishesHoldForListsToo() throws {
        let secure = try PageFixture().get("/distfiles/a.tar?mirrorlist&format=text&https=1").body
        #expect(secure.hasPrefix("https://near.example/"))
        let without = try PageFixture().get("/distfiles/a.tar?mirrorlist&format=text&avoid=near")
        #expect(without.body.hasPrefix("https://far.example/"))
    }

    /// The list for a file that no mirror has, or that is unknown, still leads to the file.
    @Test(arguments: ["text", "apt", "pacman"])
    func aListEndsInTheFallbackWhateverIsMissing(form: String) throws {
        var fixture = PageFixture()
        for isMapThere in [true, false] {
            fixture.isMapThere = isMapThere
            let answer = try fixture.get("/unknown?mirrorlist&format=\(form)")
            #expect(answer.status == "HTTP/1.1 200 OK")
            #expect(answer.body.split(separator: "\n").count == 1)
            #expect(answer.body.contains("\(Self.fallback)unknown"))
        }
    }

    // MARK: Metalink 3

    @Test func theOldMetalinkIsWhatDnfReads() throws {
        let answer = try PageFixture().get("/distfiles/a.tar?metalink")
        let sha256 = (0..<32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let sha512 = (0..<64).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(answer.fields["content-type"] == "application/metalink+xml")
        #expect(
            answer.fields["content-disposition"] == "attachment; filename*=UTF-8''a.tar.metalink"
        )
        #expect(
            answer.body == """
                <?xml version="1.0" encoding="UTF-8"?>
                <metalink version="3.0" xmlns="http://www.metalinker.org/" \
                xmlns:mm0="http://fedorahosted.org/mirrormanager" type="dynamic" \
                pubdate="Tue, 14 Nov 2023 20:13:20 GMT" generator="Redirector/test">
                  <files>
                    <file name="a.tar">
                      <mm0:timestamp>1600000000</mm0:timestamp>
                      <size>1234567</size>
                      <verification>
                        <hash type="sha256">\(sha256)</hash>
                        <hash type="sha512">\(sha512)</hash>
                      </verification>
                      <resources maxconnections="1">
                        <url protocol="http" type="http" location="DE" \
                preference="100">http://near.example/gentoo/distfiles/a.tar</url>
                        <url protocol="https" type="https" location="FR" \
                preference="99">https://far.example/gentoo/distfiles/a.tar</url>
                        <url protocol="https" type="https" \
                preference="1">https://fallback.example/all/distfiles/a.tar</url>
                      </resources>
                    </file>
                  </files>
                </metalink>

                """
        )
    }

    @Test func theOldMetalinkKeepsItsPreferencesInTheirRange() throws {
        var fixture = PageFixture()
        fixture.farCount = 150
        let body = try fixture.get("/distfiles/a.tar?metalink").body
        let preferences = body.matches(of: /preference="(-?\d+)"/).compactMap { Int($0.1) }
        #expect(preferences.count > 140)
        #expect(preferences == preferences.sorted(by: >))
        #expect(preferences.allSatisfy { (1...100).contains($0) })
        #expect(preferences.last == 1)
    }

    // MARK: Digests

    @Test(
        arguments: [
            ("sha256", 0..<32), ("sha512", 0..<64), ("blake2b", 64..<128),
        ] as [(String, Range<UInt8>)]
    )
    func aDigestIsALineForTheProgramThatChecksIt(query: String, bytes: Range<UInt8>) throws {
        let answer = try PageFixture().get("/distfiles/a.tar?\(query)")
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        #expect(answer.fields["content-type"] == "text/plain; charset=utf-8")
        #expect(answer.body == "\(digits)  a.tar\n")
    }

    @Test func aDigestThatIsNotKnownIsNotFound() throws {
        var fixture = PageFixture()
        #expect(try fixture.get("/distfiles/real.meta4?sha256").status == "HTTP/1.1 404 Not Found")
        fixture.areDetailsThere = false
        #expect(try fixture.get("/distfiles/a.tar?sha256").status == "HTTP/1.1 404 Not Found")
    }

    /// An unknown path and a folder lead to the same place as without the query.
    @Test(arguments: ["sha256", "sha512", "blake2b", "metalink"])
    func whatHasNoDigestIsRedirected(query: String) throws {
        let unknown = try PageFixture().get("/unknown?\(query)")
        #expect(unknown.fields["location"] == "\(Self.fallback)unknown?\(query)")
        let folder = try PageFixture().get("/dir/?\(query)")
        #expect(folder.fields["location"] == "http://near.example/gentoo/dir/")
    }
}
