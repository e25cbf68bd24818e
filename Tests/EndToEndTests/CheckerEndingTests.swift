import Foundation
import Glibc
import TestSupport
import Testing

/// How a checker ends when it is asked to, or killed, while mirrors keep it waiting.
@Suite struct CheckerEndingTests {
    /// A store with a small catalog, a mirror that answers, and two that accept connections and say
    /// nothing.
    private final class SilentNetwork: Sendable {
        let folder: TemporaryFolder
        let good: Nginx
        let silent: LoopbackServer
        let environment: [String: String]

        init() throws {
            folder = try TemporaryFolder("checker-ending")
            try SampleTree(distfiles: 20).write(to: folder.appending("mirrors/m00"))
            good = try MirrorNetwork.server(of: folder.appending("mirrors"), logsRequests: true)
            silent = try LoopbackServer(address: 2) { _ in Thread.sleep(forTimeInterval: 60) }
            let place = "127.0.0.2:\(silent.port)"
            try folder.write(
                """
                {"mirrors": [
                  {"name": "good", "country": "DE", "urls": ["http://127.0.0.1:\(good.port)/m00/"]},
                  {"name": "mute", "country": "FR", "urls": ["rsync://\(place)/m/"]},
                  {"name": "dumb", "country": "NL", "urls": ["http://\(place)/m/"]}]}
                """,
                to: "mirrors.json"
            )
            environment = [
                "STORAGE_URL": "file://\(try folder.makeFolder("storage"))",
                "TREE": folder.appending("mirrors/m00"),
                "MIRRORS": "file://" + folder.appending("mirrors.json"),
                "CHECK_RATE": "0", "RECHECK_AFTER_SECONDS": "0", "CHECK_BUDGET_SECONDS": "60",
                // rsync is searched for in this path.
                "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
            ]
            let published = try Product.function("leader", environment: environment).run()
            guard published.isSuccess else { throw EndToEndError.failed("leader", published) }
        }

        func stop() {
            good.stop()
            silent.stop()
        }

        /// Starts a check, and waits until it has asked the good mirror and its rsync is working.
        func begin(_ streams: FunctionStreams) throws -> (checker: ChildProcess, rsync: pid_t) {
            let checker = try Product.function("checker", environment: environment)
                .start(streams: streams)
            var rsync: pid_t?
            let isAtWork = eventually(within: 30) {
                rsync = CheckerEndingTests.children(of: checker.processID).first
                return rsync != nil && good.requests.count > 20
            }
            guard isAtWork, let rsync else {
                throw EndToEndError.notStarted("rsync", log: try streams.log)
            }
            return (checker, rsync)
        }
    }

    /// The processes whose parent is `processID`.
    fileprivate static func children(of processID: pid_t) -> [pid_t] {
        let tasks = "/proc/\(processID)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.flatMap { thread in
            let list = try? String(contentsOfFile: "\(tasks)/\(thread)/children", encoding: .utf8)
            return (list ?? "").split(separator: " ").compactMap { pid_t($0) }
        }
    }

    private static func isAlive(_ processID: pid_t) -> Bool {
        // A zombie no longer counts.
        let status = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
        guard let status, let end = status.lastIndex(of: ")") else { return false }
        return !status[end...].hasPrefix(") Z")
    }

    /// A gateway does this after `exec_timeout`, and a kernel without memory at any time.
    @Test func aKilledCheckerLeavesNoRsyncBehind() throws {
        let deployment = try SilentNetwork()
        defer { deployment.stop() }
        let (checker, rsync) = try deployment.begin(FunctionStreams())
        #expect(Self.isAlive(rsync))
        checker.signal(SIGKILL)
        #expect(checker.wait() == .signalled(SIGKILL))
        #expect(eventually(within: 10) { !Self.isAlive(rsync) })
    }

    /// A rolling update gives 30 seconds; mirrors that do not answer take up none of them.
    @Test func aStoppedCheckerReleasesItsLeases() throws {
        let deployment = try SilentNetwork()
        defer { deployment.stop() }
        let streams = try FunctionStreams()
        let (checker, rsync) = try deployment.begin(streams)
        checker.signal(SIGTERM)
        let ending = checker.wait(until: Date(timeIntervalSinceNow: 10))
        let log = try streams.log
        #expect(ending == .exited(0), "\(log)")
        #expect(!Self.isAlive(rsync))
        // The good mirror's answers are kept, and the next run does not have to wait for a lease.
        let names = try FileManager.default.contentsOfDirectory(
            atPath: deployment.folder.appending("storage/checks")
        )
        #expect(names.contains("127.0.0.1-http.state"), "\(names)")
        let leases = deployment.folder.appending("storage/leases")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: leases)) ?? [] {
            let lease = try Data(contentsOf: URL(fileURLWithPath: "\(leases)/\(name)"))
            #expect(String(decoding: lease, as: UTF8.self).contains("\"expiresAt\":0"), "\(name)")
        }
    }
}
