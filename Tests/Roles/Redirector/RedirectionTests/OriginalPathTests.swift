import Bytes
import Mirrors
import Redirection
import RegionMapFormat
import Testing

/// Paths that came through proxies: what proxies say about them, and how they changed them.
@Suite struct OriginalPathTests {
    private static let oddName = "distfiles/x%2Fy+z@1!~(2){3},4"
    private static let odd =
        "http://near.example/gentoo/distfiles/x%252Fy%2Bz%401%21~%282%29%7B3%7D%2C4"
    private static let plain = "http://near.example/gentoo/distfiles/a.tar"
    private static let lost = "https://fallback.example/all/"

    private func location(
        _ target: String,
        headers: String = "",
        trusted: Bool = true,
        originalURIHeader: String? = "X-Original-URI"
    ) throws -> String? {
        var settings = AnswerSettings(fallbackURL: Array(Self.lost.utf8))
        settings.originalURIHeader = originalURIHeader.flatMap { FieldName($0) }
        if trusted { settings.trustedProxies = try #require(TrustedProxies("10.0.0.0/8")) }
        var responder = Responder(settings: settings, metrics: Metrics())
        responder.snapshot = try Snapshot(
            map: StableBytes(copying: try ResponderTests.map()),
            verifying: true,
            health: nil
        )
        let request = Array("HEAD \(target) HTTP/1.1\r\nHost: a\r\n\(headers)\r\n".utf8)
        var parser = RequestParser()
        guard case .head(let head) = parser.parse(request.span) else { return nil }
        var answer: [UInt8] = []
        _ = responder.answer(
            head,
            in: request.span,
            from: Responder.Peer(address: IPAddress("10.1.2.3")),
            now: 0,
            closing: false,
            to: &answer
        )
        let lines = String(decoding: answer, as: UTF8.self).split(separator: "\r\n")
        return lines.first { $0.hasPrefix("Location: ") }.map { String($0.dropFirst(10)) }
            ?? lines.first.map(String.init)
    }

    /// The header of an ingress, and the location for a request that arrived as `/`.
    static let headers: [(header: String, location: String)] = [
        ("X-Original-URI: /distfiles/a.tar", plain),
        ("X-Forwarded-Uri: /distfiles/a.tar", lost),
        ("x-original-uri: /distfiles/x%252Fy+z@1!~(2)%7b3},4", odd),
        ("X-Original-URI: /function/redirector/distfiles/a.tar", plain),
        ("X-Original-URI: /function/redirector/", lost),
        ("X-Original-URI: /function/redirector", lost + "function/redirector"),
        ("X-Original-URI: /distfiles/none?a=b", lost + "distfiles/none?a=b"),
        ("X-Forwarded-Uri: /distfiles/none\r\nX-Original-URI: /distfiles/a.tar", plain),
        ("X-Original-URI: /distfiles/a.tar\r\nX-Forwarded-Uri: /distfiles/none", plain),
        ("X-Original-URI: ", lost),
        // A hop that adds a line instead of overwriting it adds its own at the end.
        ("X-Original-URI: /distfiles/none\r\nX-Original-URI: /distfiles/a.tar", plain),
        ("X-Original-URI: /distfiles/a%2Fb", "HTTP/1.1 400 Bad Request"),
        ("X-Original-URI: nonsense", "HTTP/1.1 400 Bad Request"),
    ]

    @Test(arguments: headers)
    func takesTheWordOfATrustedIngress(_ row: (header: String, location: String)) throws {
        #expect(try location("/", headers: row.header + "\r\n") == row.location)
    }

    /// A trusted gateway passes on what clients send, so only the header that the operator named
    /// counts.
    @Test(arguments: ["X-Original-URI", "X-Forwarded-Uri", "X-Request-Target"])
    func takesTheWordOfTheHeaderThatWasNamed(name: String) throws {
        let header = "\(name): /distfiles/a.tar\r\n"
        let none = try location("/", headers: header, originalURIHeader: nil)
        #expect(none == Self.lost)
        #expect(try location("/", headers: header, originalURIHeader: name) == Self.plain)
        let other = try location("/", headers: header, originalURIHeader: "X-Other-URI")
        #expect(other == Self.lost)
    }

    @Test func takesNobodyElsesWord() throws {
        let header = "X-Original-URI: /distfiles/a.tar\r\n"
        #expect(
            try location("/distfiles/none", headers: header, trusted: false)
                == Self.lost + "distfiles/none"
        )
    }

    /// How gateways change the odd name: decoded twice, or decoded twice and encoded again.
    static let targets: [(target: String, location: String)] = [
        ("/distfiles/x/y+z@1!~(2){3},4", odd),
        ("/distfiles/x/y%2Bz@1!~(2)%7B3%7D,4", odd),
        ("/distfiles/x%252Fy+z@1!~(2){3},4", odd),
        ("/distfiles/a.tar", plain),
        // A path that is known as it stands is never taken for another one.
        ("/releases/amd64", "http://near.example/gentoo/releases/amd64/"),
        ("/distfiles/x/y", lost + "distfiles/x/y"),
        ("/distfiles/x/y+z@1!~(2){3},4/", lost + "distfiles/x/y%2Bz%401%21~%282%29%7B3%7D%2C4/"),
    ]

    @Test(arguments: targets)
    func findsNamesThatWereDecodedTooOften(_ row: (target: String, location: String)) throws {
        #expect(try location(row.target, trusted: false) == row.location)
    }
}
