import CheckPlanning
import HealthFormat
import Mirrors
import TestSupport
import Testing

@testable import Checking

/// The outage that health publishes for an FTP or rsync access point is a class, not the text of a
/// server or a program.
@Suite struct OutageClassTests {
    private func outage(_ url: String, _ scheme: AccessPoint.Scheme) throws -> Outage? {
        let reply = try ListingTransportTests.transport(url, scheme).replies(to: ["a"]).first
        guard case .failed(_, let outage) = reply else {
            Issue.record("\(reply.map { "\($0)" } ?? "no reply")")
            return nil
        }
        return outage
    }

    /// The outage of a server that greets with `greeting` and closes.
    private func ftpOutage(greeting: String) throws -> Outage? {
        let server = try LoopbackServer { sendAll(Array(greeting.utf8), to: $0) }
        return try outage("ftp://127.0.0.1:\(server.port)/", .ftp)
    }

    @Test(arguments: [AccessPoint.Scheme.ftp, .rsync])
    func anOutageHasAClass(scheme: AccessPoint.Scheme) throws {
        let name = scheme.rawValue
        #expect(try outage("\(name)://127.0.0.1:\(try freePort())/module/", scheme) == .refused)
        #expect(try outage("\(name)://no-host.invalid/module/", scheme) == .noSuchHost)
        // A server that speaks another protocol.
        let server = try LoopbackServer { sendAll(Array("HTTP/1.1 400 Bad\r\n".utf8), to: $0) }
        #expect(try outage("\(name)://127.0.0.1:\(server.port)/module/", scheme) == .malformed)
    }

    @Test func anFTPServerThatLetsNobodyInHasAClass() throws {
        #expect(try ftpOutage(greeting: "530 members only\r\n") == .refused)
        #expect(try ftpOutage(greeting: "421 too many\r\n") == .closed)
        #expect(try ftpOutage(greeting: "") == .closed)
    }

    @Test(arguments: [("451 disk on fire", Outage.status(451)), ("213 many", .malformed)])
    func anErrorOfAnFTPServerHasItsCode(line: String, expected: Outage) throws {
        let server = try ScriptedFTPServer { command in
            .init(lines: [command.hasPrefix("SIZE") ? line : "502 no"])
        }
        let reply = try ListingTransportTests.transport(server.baseURL, .ftp).replies(to: ["a"])[0]
        guard case .unusable(_, let outage) = reply else {
            Issue.record("\(reply)")
            return
        }
        #expect(outage == expected)
    }

    /// Otherwise a mirror could explore networks through what health says about its redirects.
    @Test func whatIsMetBehindARedirectHasNoClassOfItsOwn() throws {
        let port = try freePort()
        let server = try ScriptedServer { _ in
            HostileServer.reply(
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:\(port)/a\r\n"
                    + "Content-Length: 0\r\n\r\n"
            )
        }
        defer { server.stop() }
        #expect(try outage(server.baseURL, .http) == .redirect)
    }
}
