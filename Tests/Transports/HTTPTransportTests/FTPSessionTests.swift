import Foundation
import Glibc
import TestSupport
import Testing

@testable import HTTPTransport

/// The kinds of failure that end a session.
@Suite struct FTPSessionTests {
    private final class Log {
        var kind: FailureKind?
        var unanswered: [RequestTag] = []
    }

    /// The end of a session with `authority` that asks for a size, tagged 1, as soon as it may.
    private func ending(_ authority: String, silenceSeconds: Int = 20) throws -> Log {
        let loop = try MultiLoop(connectionLimit: 4)
        var settings = FTPSession.Settings()
        settings.silenceSeconds = silenceSeconds
        let log = Log()
        let session = try FTPSession(loop: loop, authority: authority, settings: settings) {
            if case .ended(let kind, _, let unanswered) = $0 {
                log.kind = kind
                log.unanswered = unanswered
            }
        }
        let deadline = Date(timeIntervalSinceNow: 20)
        var hasAsked = false
        while log.kind == nil, Date() < deadline {
            loop.step(atMost: .milliseconds(50))
            session.checkSilence()
            guard session.canAsk, !hasAsked else { continue }
            hasAsked = true
            session.start(.size(Array("/a".utf8)), tag: 1)
        }
        return log
    }

    /// Sends `text`, and then nothing more until the client leaves.
    private static func fallSilent(after text: String, _ connection: Int32) {
        sendAll(Array(text.utf8), to: connection)
        var buffer = [UInt8](repeating: 0, count: 256)
        while unsafe recv(connection, &buffer, buffer.count, 0) > 0 {}
    }

    @Test func serversThatAreNotReachedAreToldApart() throws {
        #expect(try ending("127.0.0.1:\(try freePort())").kind == .refused)
        #expect(try ending("no-host.invalid").kind == .noSuchHost)
    }

    @Test(arguments: ["", "220-one moment\r\n", "220 ready\r\n"])
    func aServerThatFallsSilentTimesOut(text: String) throws {
        let server = try LoopbackServer { Self.fallSilent(after: text, $0) }
        #expect(try ending("127.0.0.1:\(server.port)", silenceSeconds: 1).kind == .timedOut)
    }

    /// Every command is accepted until the size, at which the server hangs up.
    @Test func aServerThatHangsUpHandsBackWhatWasAsked() throws {
        let server = try LoopbackServer { connection in
            sendAll(Array("220 ready\r\n".utf8), to: connection)
            var buffer = [UInt8](repeating: 0, count: 256)
            while true {
                let count = unsafe recv(connection, &buffer, buffer.count, 0)
                guard count > 0, !buffer[..<count].starts(with: "SIZE".utf8) else { return }
                let isName = buffer[..<count].starts(with: "USER".utf8)
                sendAll(Array((isName ? "331 go on\r\n" : "257 \"/\"\r\n").utf8), to: connection)
            }
        }
        let log = try ending("127.0.0.1:\(server.port)")
        #expect(log.kind == .closed)
        #expect(log.unanswered == [1])
    }
}
