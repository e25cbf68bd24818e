import Foundation
import Synchronization
import TestSupport
import Testing

/// New processes of the redirector take its port over while clients ask.
@Suite struct TakeOverTests {
    /// Ten thousand requests, each on a connection of its own, by four clients, while the process is
    /// replaced again and again.
    @Test func refusesNobody() throws {
        let port = try freePort()
        let folder = try TemporaryFolder()
        let child = try ChildProcess(
            "\(Product.binaries)/redirector",
            [],
            environment: [
                "PORT": "\(port)", "LISTEN": "127.0.0.1", "REGION": "europe",
                "FALLBACK_URL": "https://fallback.example/", "DRAIN_SECONDS": "1",
                "STORAGE_URL": "file://\(folder.path)", "LOG_LEVEL": "error",
            ],
            input: STDIN_FILENO,
            output: STDOUT_FILENO,
            errors: STDERR_FILENO
        )
        var process = child.processID
        defer { kill(process, SIGKILL) }
        #expect(eventually(within: 10) { Self.isAnswered(port) })
        let failures = Mutex(0)
        let group = DispatchGroup()
        for _ in 0..<4 {
            group.enter()
            Thread.detachNewThread {
                for _ in 0..<2_500 where !Self.isAnswered(port) {
                    failures.withLock { $0 += 1 }
                }
                group.leave()
            }
        }
        var count = 0
        while group.wait(timeout: .now() + .milliseconds(300)) == .timedOut {
            let before = process
            kill(before, SIGUSR2)
            guard eventually(within: 10, { Self.child(of: before) != nil }) else { break }
            process = Self.child(of: before) ?? process
            // It serves from the moment that the old one accepts no more.
            #expect(eventually(within: 10) { Self.isOver(before) || count > 50 })
            count += 1
        }
        group.wait()
        #expect(failures.withLock { $0 } == 0)
        #expect(count >= 1)
    }

    private static func isAnswered(_ port: Int) -> Bool {
        let request = HTTPRequest("GET", "/file", headers: ["Connection": "close"])
        return (try? HTTPConnection(port: port).response(to: request).status) == 302
    }

    /// The process that `parent` has started.
    private static func child(of parent: pid_t) -> pid_t? {
        let path = "/proc/\(parent)/task/\(parent)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { pid_t($0) }
    }

    /// Whether a process has ended; it may still be there for its parent to ask.
    private static func isOver(_ process: pid_t) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return text.isEmpty || text.contains(") Z ")
    }
}
