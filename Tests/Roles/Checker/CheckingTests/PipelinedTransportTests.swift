import Catalogs
import CheckPlanning
import Checking
import Foundation
import Mirrors
import TestSupport
import Testing

/// Against real servers; ``HostileServerTests`` covers those that misbehave on purpose.
@Suite(.serialized) struct PipelinedTransportTests {
    /// `patience` is generous: a busy machine is no fault of the server.
    static func transport(
        _ baseURL: String,
        patience: Duration = .seconds(10)
    ) throws -> PipelinedTransport {
        var settings = CheckSettings()
        settings.requestsPerSecond = 0
        let accessPoints = [AccessPoint.make("m", baseURL: baseURL)]
        return try WebTransports(accessPoints, settings, answerPatience: patience).pipelined
    }

    static func replies(
        _ transport: PipelinedTransport,
        _ paths: [String],
        within seconds: Double = 60
    ) -> [Reply] {
        transport.replies(to: paths, within: seconds)
    }

    /// 5,000 paths: each length occurs once, and one in seven is missing.
    static let paths = (0..<5000).map { number in
        number % 7 == 3 ? "missing-\(number)" : "d\(number % 10)/file-\(number)"
    }

    /// A folder with the files of ``paths``; each file's length is its number plus one.
    static func tree() throws -> TemporaryFolder {
        let folder = try TemporaryFolder("tree")
        for digit in 0..<10 { try folder.makeFolder("d\(digit)") }
        for (number, path) in paths.enumerated() where path.hasPrefix("d") {
            let file = try folder.write("", to: path)
            let handle = try #require(FileHandle(forWritingAtPath: file))
            try handle.truncate(atOffset: UInt64(number + 1))
            try handle.close()
        }
        return folder
    }

    static func expectTruth(_ replies: [Reply]) {
        var wrong: [String] = []
        for (number, reply) in replies.enumerated() {
            let isRight =
                switch reply {
                case .answered(200, let byteCount):
                    paths[number].hasPrefix("d") && byteCount == UInt64(number + 1)
                case .answered(404, _): paths[number].hasPrefix("missing")
                default: false
                }
            if !isRight { wrong.append("\(paths[number]): \(reply)") }
        }
        let wrongCount = wrong.count
        #expect(wrongCount == 0, "such as \(wrong.prefix(3))")
    }

    /// The last one closes without lingering, so a reset may discard answers.
    @Test(arguments: [
        "", "keepalive_requests 20;", "keepalive_requests 1;", "keepalive_requests 2;",
        "keepalive_requests 100; lingering_close off;",
    ])
    func losesNothingAtNginx(limit: String) throws {
        let folder = try Self.tree()
        let server = try Nginx(server: limit, root: folder.path)
        let transport = try Self.transport(server.baseURL)
        Self.expectTruth(Self.replies(transport, Self.paths))
        let isTooShort = limit.contains("requests 1;") || limit.contains("requests 2;")
        #expect((transport.problem(at: 0) != nil) == isTooShort)
        // nginx logs the last answer of a connection only after lingering.
        let logged = { server.text(of: "access.log").split(separator: "\n").count }
        #expect(eventually(within: 30, every: 0.05) { logged() >= 5000 })
        #expect(logged() < 6000, "more than a fifth was asked again")
    }

    /// Or else the answers of a fast server would pile up in memory.
    @Test func answersThatAreNotPassedOnYetFillTheRoom() throws {
        let folder = try Self.tree()
        let server = try Nginx(server: "", root: folder.path)
        let transport = try Self.transport(server.baseURL)
        var greatest = 0
        let replies = transport.replies(to: Self.paths) { openCount in
            greatest = max(greatest, openCount)
            usleep(200)
        }
        Self.expectTruth(replies)
        // Four connections with 256 requests and 128 answers without proof, and single questions.
        #expect(greatest <= 4 * (256 + 128) + 33)
    }

    @Test(arguments: OtherServer.Kind.allCases)
    func losesNothingAtOtherServers(kind: OtherServer.Kind) throws {
        let folder = try Self.tree()
        let server = try OtherServer(kind, root: folder.path)
        let transport = try Self.transport(server.baseURL)
        Self.expectTruth(Self.replies(transport, Self.paths))
        #expect(transport.problem(at: 0) == nil)
    }

    @Test func emptyFilesRedirectsAndOddNamesAreAskedAlone() throws {
        let server = try Nginx(
            server: """
                location /moved { return 302 /old/moved; }
                location /silent { add_header X-A b; return 200; }
                """
        )
        try server.addFile("known", byteCount: 5)
        try server.addFile("old/moved", byteCount: 5)
        try server.addFile("odd\u{7F}ä", byteCount: 6)
        let transport = try Self.transport(server.baseURL)
        // The first answers prove that the server pipelines.
        #expect(Set(Self.replies(transport, Array(repeating: "known", count: 200))).count == 1)
        #expect(
            Self.replies(transport, ["moved", "odd\u{7F}ä", "known"]) == [
                .answered(status: 200, byteCount: 5), .answered(status: 200, byteCount: 6),
                .answered(status: 200, byteCount: 5),
            ]
        )
        #expect(transport.problem(at: 0) == nil)
    }

    @Test func aPauseUntilADateIsObeyed() throws {
        let until = "Fri, 31 Dec 2100 23:59:59 GMT"
        let server = try Nginx(
            server: """
                location /busy { add_header Retry-After '\(until)' always; return 503 "busy"; }
                """
        )
        try server.addFile("known", byteCount: 5)
        let transport = try Self.transport(server.baseURL)
        _ = Self.replies(transport, Array(repeating: "known", count: 200))
        #expect(transport.isPipelining(at: 0))
        #expect(transport.pause(at: 0) == .zero)
        #expect(Self.replies(transport, ["busy"]) == [.answered(status: 503, byteCount: 4)])
        // An hour is the longest pause.
        #expect(transport.pause(at: 0) > .seconds(3_000))
    }
}
