import CheckPlanning
import CheckStates
import TestSupport
import Testing

@testable import Checking

/// lighttpd makes a page for a folder on request, and closes connections after this many requests.
@Suite struct LighttpdFolderTests {
    /// Each folder is answered in the first round, pipelined or not, however short-lived its
    /// connections are.
    @Test(
        arguments: [AskingStrategy.Method.pipelining, .sequential, .oneRequestPerConnection],
        ["", "server.max-keep-alive-requests = 7", "server.max-keep-alive-requests = 0"]
    )
    func everyFolderIsAnswered(method: AskingStrategy.Method, limit: String) throws {
        let folder = try TemporaryFolder("folders")
        let folders = (0..<700).map { "d\($0 % 10)/f\($0)/" }
        for path in folders { try folder.makeFolder(path) }
        let server = try OtherServer(
            .lighttpd,
            root: folder.path,
            more: """
                server.modules += ("mod_dirlisting")
                dir-listing.activate = "enable"
                \(limit)
                """
        )
        let transport = try StrategyFallbackTests.transports(server.baseURL).pipelined
        transport.begin(with: AskingStrategy(method), at: 0)
        let replies = transport.replies(to: folders + ["d0/none/"])
        let others = replies.dropLast().filter { reply in
            if case .answered(status: 200, _) = reply { return false }
            return true
        }
        #expect(others.isEmpty, "\(others.count): \(others.prefix(3))")
        guard case .answered(status: 404, _) = replies.last else {
            Issue.record("\(replies.last.map { "\($0)" } ?? "none")")
            return
        }
    }
}
