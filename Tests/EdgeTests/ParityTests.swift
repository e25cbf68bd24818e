import Foundation
import TestSupport
import Testing
import URLs

/// The edge answers as the server does, byte for byte.
struct ParityTests {
    private static let clients: [String] = [
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n",
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: http\r\n"
            + "CloudFront-Viewer-Country: DE\r\n",
        "X-Forwarded-For: 2001:db8:7::1\r\nX-Forwarded-Proto: https\r\n"
            + "CloudFront-Viewer-Country: us\r\n",
        "X-Forwarded-For: 198.51.100.9\r\nX-Forwarded-Proto: http\r\n"
            + "CloudFront-Viewer-Country: XX\r\n",
        "X-Forwarded-For: 203.0.113.80\r\nCloudFront-Viewer-Country: FR\r\n"
            + "want-repr-digest: sha-256=1\r\n",
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nCloudFront-Viewer-Country: "
            + "DE\r\nCloudFront-Viewer-Latitude: 50.11090\r\n"
            + "CloudFront-Viewer-Longitude: 8.68210\r\n",
        "X-Forwarded-For: 203.0.113.80\r\nCloudFront-Viewer-Latitude: -33.4\r\n"
            + "CloudFront-Viewer-Longitude: 151.2\r\nCloudFront-Viewer-ASN: 64500\r\n",
        "accept: application/metalink4+xml, */*;q=0.1\r\n", "",
    ]
    private static let queries = [
        "", "", "", "?country=nl", "?near=35.7,139.7", "?avoid=mirror1,mirror2", "?https=1",
        "?mirror=mirror3",
        "?meta4",
        "?mirrorlist", "?explain", "?x=%C3%A4&y", "?country=",
        "?metalink", "?sha256", "?blake2b", "?mirrorlist&format=text",
        "?mirrorlist&format=apt&mirror=mirror3",
    ]
    private static let strangers = [
        "/", "/?mirrorlist", "/_/health", "/_/ready", "//distfiles", "/distfiles/../etc/passwd",
        "/%2e%2e/x", "/a%2Fb", "/a%00b", "/%", "/ä", "/nowhere/\u{10FFFF}", "*",
        "http://h/distfiles/x",
        "/distfiles/0/package-0-1.2.3.tar.xz.meta4",
        "/distfiles/0/package-0-1.2.3.tar.xz.mirrorlist",
        "/$repo/$arch?mirrorlist&format=pacman", "/nowhere?mirrorlist&format=text",
        "/snapshots/4?mirrorlist", "/?country=ZZ", "/nowhere?explain", "/nowhere?mirrorlist",
    ]

    /// Requests for all paths of `world`, each from several clients, with various methods and
    /// queries in between.
    private static func heads(for world: EdgeWorld) -> [[UInt8]] {
        var heads: [[UInt8]] = []
        func add(_ method: String, _ target: String, _ client: String) {
            heads.append(
                Array(
                    "\(method) \(target) HTTP/1.1\r\nHost: d1.cloudfront.net\r\n\(client)\r\n".utf8
                )
            )
        }
        for (number, path) in world.paths.enumerated() {
            let target = "/" + PercentEncoding.encoded(path: path)
            for (index, client) in clients.enumerated()
            where index < 2 || index == 5 || (number + index) % 3 == 0 {
                let query = queries[(number * 7 + index) % queries.count]
                add(number % 11 == 3 ? "HEAD" : "GET", target + query, client)
            }
        }
        for target in strangers {
            for client in clients {
                add("GET", target, client)
                add("HEAD", target, client)
            }
        }
        add("POST", "/", "Content-Length: 999999999999999999\r\n")
        add("GET", "/", "Content-Length: 999999999999999999\r\n")
        return heads
    }

    @Test(arguments: EdgeWorld.Shape.allCases, [nil, 60] as [UInt64?])
    func edgeAnswersAsTheServerDoes(shape: EdgeWorld.Shape, maxAge: UInt64?) throws {
        var world = try EdgeWorld(shape)
        world.maxAge = maxAge
        let heads = Self.heads(for: world)
        try compare(
            heads,
            world.nativeAnswers(to: heads),
            world.edgeAnswers(to: heads, node: maxAge == nil ? 24 : 20)
        )
    }

    /// Arbitrary bytes: inputs that the server's fuzzer found interesting.
    @Test func edgeAnswersTheFuzzersCorpusAsTheServerDoes() throws {
        let world = try EdgeWorld(.weighted)
        let corpus = URL(filePath: "\(Repository.root)/Tests/Fixtures/fuzz/requests")
        let files = try FileManager.default.contentsOfDirectory(
            at: corpus,
            includingPropertiesForKeys: nil
        )
        #expect(files.count > 20)
        // Without the bytes that select how the input is fed; nothing is counted at the edge.
        let heads = try files.map { [UInt8](try Data(contentsOf: $0).dropFirst(2)) }
            .filter { $0.firstRange(of: Array("/metrics".utf8)) == nil }
        try compare(
            heads,
            world.nativeAnswers(to: heads),
            world.edgeAnswers(to: heads, isRaw: true)
        )
    }

    private func compare(_ heads: [[UInt8]], _ native: [[UInt8]], _ edge: [[UInt8]]) throws {
        try #require(edge.count == heads.count)
        for (index, head) in heads.enumerated() where native[index] != edge[index] {
            // For a page the body says more than its length.
            func body(_ answer: [UInt8]) -> ArraySlice<UInt8> {
                answer[(answer.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? 0)...]
            }
            let same = zip(body(native[index]), body(edge[index])).prefix { $0 == $1 }.count
            func around(_ answer: [UInt8]) -> String {
                let head = answer.prefix(answer.count - body(answer).count)
                let text = body(answer).dropFirst(max(0, same - 100)).prefix(250)
                return String(decoding: head + text, as: UTF8.self)
            }
            Issue.record(
                """
                \(String(decoding: head, as: UTF8.self))
                native: \(around(native[index]))
                edge: \(around(edge[index]))
                """
            )
            break
        }
    }
}
