import Foundation
import Synchronization
import TestSupport
import Testing

/// New processes of the redirector take over its port while clients send requests.
@Suite struct TakeOverTests {
    /// Ten thousand requests and more, each on its own connection, by four clients, while the
    /// process is replaced five times: the first one has long ended when the last one starts.
    @Test func refusesNobody() throws {
        let port = try freePort()
        let folder = try TemporaryFolder()
        // A shell leads the group, so it outlives the first process and ends the last one.
        let shell = try ChildProcess(
            "/bin/sh",
            [
                "-c", "\"$0\" & echo $! >\"$1/pid\"; sleep 600", "\(Product.binaries)/redirector",
                folder.path,
            ],
            environment: [
                "PATH": "/usr/bin:/bin", "PORT": "\(port)", "LISTEN": "127.0.0.1",
                "REGION": "europe", "FALLBACK_URL": "https://fallback.example/",
                "DRAIN_SECONDS": "1", "STORAGE_URL": "file://\(folder.path)", "LOG_LEVEL": "error",
            ],
            input: STDIN_FILENO,
            output: STDOUT_FILENO,
            errors: STDERR_FILENO
        )
        defer { shell.signal(SIGKILL) }
        #expect(eventually(within: 10) { Self.failure(of: port) == nil })
        // It may answer before the shell has written its number.
        let path = folder.appending("pid")
        try #require(eventually(within: 10) { Self.number(in: path) != nil })
        var process = try #require(Self.number(in: path))
        let failures = Mutex<[String: Int]>([:])
        let isEnough = Atomic(false)
        let group = DispatchGroup()
        for _ in 0..<4 {
            group.enter()
            Thread.detachNewThread {
                var count = 0
                while count < 2_500 || !isEnough.load(ordering: .relaxed) {
                    count += 1
                    guard let failure = Self.failure(of: port) else { continue }
                    failures.withLock { $0[failure, default: 0] += 1 }
                }
                group.leave()
            }
        }
        for _ in 0..<5 {
            let before = process
            kill(before, SIGUSR2)
            guard eventually(within: 20, { Self.child(of: before) != nil }),
                let successor = Self.child(of: before)
            else {
                Issue.record("no other process has taken over")
                break
            }
            process = successor
            // It serves from the moment that the old one stops accepting connections.
            #expect(eventually(within: 20) { Self.isOver(before) })
        }
        isEnough.store(true, ordering: .relaxed)
        group.wait()
        #expect(failures.withLock { $0 } == [:])
    }

    /// The outcome of one request, unless it is a redirect.
    private static func failure(of port: Int) -> String? {
        let request = HTTPRequest("GET", "/file", headers: ["Connection": "close"])
        do {
            let status = try HTTPConnection(port: port).response(to: request).status
            return status == 302 ? nil : "status \(status)"
        } catch {
            return "\(error)"
        }
    }

    /// The number of a process that is written, with its line, in the file at `path`.
    private static func number(in path: String) -> pid_t? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8), text.hasSuffix("\n")
        else { return nil }
        return pid_t(text.dropLast())
    }

    /// The process that `parent` has started.
    private static func child(of parent: pid_t) -> pid_t? {
        let path = "/proc/\(parent)/task/\(parent)/children"
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: " ").first.flatMap { pid_t($0) }
    }

    /// Whether a process has ended; its parent may not have collected it yet.
    private static func isOver(_ process: pid_t) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
        return text.isEmpty || text.contains(") Z ")
    }
}
