import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing

/// A redirector with many clients.
extension PipelineTests {
    private static let drainSeconds = 4

    private func redirector(_ environment: [String: String]) throws -> Redirector {
        try Redirector(
            storageURL: deployment.storageURL,
            region: "europe",
            environment: deployment.environment.merging(environment) { $1 }
        )
    }

    /// While `/_/ready` announces that it will stop, every request is still answered; then it stops
    /// although clients keep asking.
    @Test func answersEveryRequestUntilItHasDrained() throws {
        let redirector = try redirector(["DRAIN_SECONDS": "\(Self.drainSeconds)"])
        let request = HTTPRequest("HEAD", "/distfiles/layout.conf")
        let clients = (0..<4).map { _ in Client() }
        let threads = DispatchGroup()
        for client in clients {
            threads.enter()
            Thread {
                client.ask(redirector.port, request)
                threads.leave()
            }.start()
        }
        #expect(eventually(within: 60) { clients.allSatisfy { $0.record.answers > 100 } })
        let start = Date()
        redirector.child.signal(SIGTERM)
        let isLeaving = eventually(within: 60, every: 0.01) {
            redirector.status(of: "/_/ready") != 200
        }
        #expect(isLeaving)
        #expect(redirector.child.wait(until: Date(timeIntervalSinceNow: 60)) == .exited(0))
        redirector.child.stop()
        threads.wait()
        for record in clients.map(\.record) {
            #expect(record.otherStatus == nil)
            let failed = try #require(record.firstFailure)
            #expect(failed.timeIntervalSince(start) >= Double(Self.drainSeconds) - 0.5)
        }
    }

    /// Each connection has sent a request, and sends another after all have been opened.
    @Test func tenThousandIdleConnectionsStayOpenAndTakeLittleMemory() throws {
        // Both ends of a connection count, each against the limit of its own process.
        let count = min(10_000, Self.openFileLimit() - 1_000)
        try #require(count >= 1_000, "ulimit -n is too low for this test")
        let redirector = try redirector([
            "MAX_CONNECTIONS": "20000", "MAX_CONNECTIONS_PER_NETWORK": "20000",
            "IDLE_TIMEOUT_SECONDS": "600",
        ])
        let request = HTTPRequest("HEAD", "/distfiles/layout.conf")
        let connections = (0..<count).map { _ in HTTPConnection(port: redirector.port) }
        for connection in connections {
            #expect(try connection.response(to: request).status == 302)
        }
        let metrics = try HTTPConnection(port: redirector.port)
            .response(to: HTTPRequest("GET", "/metrics"))
        let text = String(decoding: metrics.body, as: UTF8.self)
        let gauge = text.split(separator: "\n").first { $0.hasPrefix("redirector_connections ") }
        let open = try #require(gauge?.split(separator: " ").last.flatMap { Int($0) })
        // Connections from earlier readiness tests may not have been seen to end.
        #expect(open > count)
        for connection in connections {
            #expect(try connection.response(to: request).status == 302)
        }
        let memory = try #require(redirector.child.peakMemory)
        #expect(memory <= 12 << 20, "\(memory) bytes resident with \(count) connections")
    }

    /// Raises this process's limit of open files to the maximum, and returns it.
    private static func openFileLimit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard unsafe getrlimit(resource, &limit) == 0 else { return 0 }
        limit.rlim_cur = limit.rlim_max
        unsafe setrlimit(resource, &limit)
        return Int(clamping: limit.rlim_cur)
    }
}

/// Sends requests over one connection until one is not answered.
private final class Client: Sendable {
    struct Record: Sendable {
        var answers = 0
        /// A status that was not 302.
        var otherStatus: Int?
        /// When a request first went unanswered.
        var firstFailure: Date?
    }

    private let state = Mutex(Record())

    var record: Record { state.withLock { $0 } }

    func ask(_ port: Int, _ request: HTTPRequest) {
        let connection = HTTPConnection(port: port)
        while record.firstFailure == nil {
            let status = try? connection.response(to: request).status
            state.withLock { record in
                switch status {
                case 302: record.answers += 1
                case nil: record.firstFailure = Date()
                case let other: record.otherStatus = other
                }
            }
        }
    }
}
