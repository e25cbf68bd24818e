import Foundation
import HTTPTransport
import TestSupport
import Testing

/// One connection to a real nginx, plain and over TLS.
@Suite struct PipelinedConnectionTests {
    /// The outcome of a connection.
    final class Log {
        var isOpen = false
        var tags: [Int] = []
        var byteCounts: [UInt64?] = []
        var ending: PipelinedConnection.Ending?
        var unanswered: [Int] = []
    }

    static func connection(
        _ loop: MultiLoop,
        _ url: String,
        authorityFile: String? = nil,
        _ log: Log
    ) throws -> PipelinedConnection {
        try PipelinedConnection(loop: loop, url: url, authorityFile: authorityFile) { _, event in
            switch event {
            case .opened: log.isOpen = true
            case .answered(let tag, let head):
                log.tags.append(tag.number)
                log.byteCounts.append(head.byteCount)
            case .closed(let ending, let unanswered):
                log.ending = ending
                log.unanswered = unanswered.map(\.number)
            }
        }
    }

    static func step(_ loop: MultiLoop, until condition: () -> Bool) {
        let deadline = Date(timeIntervalSinceNow: 20)
        while !condition(), Date() < deadline { loop.step(atMost: .milliseconds(50)) }
    }

    static func request(_ path: String, padding: Int = 0) -> [UInt8] {
        let cookie = padding > 0 ? "X: \(String(repeating: "x", count: padding))\r\n" : ""
        return Array("HEAD /\(path) HTTP/1.1\r\nHost: a\r\n\(cookie)\r\n".utf8)
    }

    /// Large requests, more at once than the socket accepts: TLS requires writes to be repeated
    /// exactly.
    @Test(arguments: [false, true])
    func answersComeInOrderHoweverMuchIsSent(isTLS: Bool) throws {
        let keys = try TemporaryFolder("keys")
        let port = try freePort()
        if isTLS { try Self.makeCertificate(in: keys) }
        let server = try Nginx(
            server: "keepalive_requests 100000;"
                + (isTLS
                    ? """
                    listen 127.0.0.1:\(port) ssl; ssl_certificate \(keys.path)/certificate;
                    ssl_certificate_key \(keys.path)/key;
                    """ : "")
        )
        for length in 0..<10 { try server.addFile("\(length)", byteCount: length) }
        let loop = try MultiLoop(connectionLimit: 4)
        let log = Log()
        let connection = try Self.connection(
            loop,
            isTLS ? "https://127.0.0.1:\(port)/" : server.baseURL,
            authorityFile: isTLS ? keys.appending("certificate") : nil,
            log
        )
        Self.step(loop) { log.isOpen || log.ending != nil }
        try #require(log.isOpen, "\(String(describing: log.ending))")
        let count = 4000
        var next = 0
        Self.step(loop) {
            while next < count,
                connection.enqueue(
                    Self.request("\(next * 7 % 10)", padding: 3000),
                    tag: RequestTag(next)
                )
            {
                next += 1
            }
            connection.flush()
            return log.tags.count == count || log.ending != nil
        }
        #expect(log.tags == Array(0..<count))
        #expect(log.byteCounts == (0..<count).map { UInt64($0 * 7 % 10) })
        #expect(log.ending == nil)
        connection.close()
        #expect(log.ending == .dismissed)
    }

    @Test func handsBackWhatAClosingServerDidNotAnswer() throws {
        let server = try Nginx(server: "keepalive_requests 7;")
        try server.addFile("a", byteCount: 1)
        let loop = try MultiLoop(connectionLimit: 4)
        let log = Log()
        let connection = try Self.connection(loop, server.baseURL, log)
        Self.step(loop) { log.isOpen }
        for number in 0..<20 {
            #expect(connection.enqueue(Self.request("a"), tag: RequestTag(number)))
        }
        connection.flush()
        Self.step(loop) { log.ending != nil }
        #expect(log.tags == Array(0..<7))
        #expect(log.ending == .announced)
        #expect(log.unanswered == Array(7..<20))
        #expect(connection.state == .closed)
        #expect(!connection.enqueue(Self.request("a"), tag: 20))
    }

    @Test func aCertificateThatNobodyVouchesForIsNoConnection() throws {
        let keys = try TemporaryFolder("keys")
        let port = try freePort()
        try Self.makeCertificate(in: keys)
        let server = try Nginx(
            server: """
                listen 127.0.0.1:\(port) ssl; ssl_certificate \(keys.path)/certificate;
                ssl_certificate_key \(keys.path)/key;
                """
        )
        let loop = try MultiLoop(connectionLimit: 4)
        let log = Log()
        let connection = try Self.connection(loop, "https://127.0.0.1:\(port)/", log)
        Self.step(loop) { log.ending != nil }
        guard case .notConnected(.certificateRefused, _) = log.ending else {
            Issue.record("\(String(describing: log.ending))")
            return
        }
        #expect(connection.state == .closed)
        server.stop()
    }

    /// Makes a key, and a self-signed certificate for 127.0.0.1.
    static func makeCertificate(in folder: TemporaryFolder) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", folder.appending("key"), "-out", folder.appending("certificate"),
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
