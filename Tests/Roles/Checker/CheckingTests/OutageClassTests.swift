import CheckPlanning
import HealthFormat
import Mirrors
import TestSupport
import Testing

@testable import Checking

/// What health publishes of an access point by rsync that is down is a class, not the program's words.
@Suite struct OutageClassTests {
    private func outage(_ url: String) throws -> Outage? {
        let reply = try ListingTransportTests.transport(url, .rsync).replies(to: ["a"]).first
        guard case .failed(_, let outage) = reply else {
            Issue.record("\(reply.map { "\($0)" } ?? "no reply")")
            return nil
        }
        return outage
    }

    @Test func whoDoesNotAnswerHasAClass() throws {
        #expect(try outage("rsync://127.0.0.1:\(try freePort())/module/") == .refused)
        #expect(try outage("rsync://no-host.invalid/module/") == .noSuchHost)
        // Whatever speaks something else.
        let server = try LoopbackServer { sendAll(Array("HTTP/1.1 400 Bad\r\n".utf8), to: $0) }
        #expect(try outage("rsync://127.0.0.1:\(server.port)/module/") == .malformed)
    }
}
