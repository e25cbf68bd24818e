import Foundation
import Glibc
import TestSupport

/// Ends the processes that a gateway started if the gateway itself was killed.
///
/// A second process of this program waits on a pipe whose other end only the gateway holds; the
/// kernel closes that end however the gateway ends. Then every process with the gateway's mark in
/// its environment is killed: functions and what they started, in whatever process groups. A
/// function that is just being started also holds the other end until it is marked.
struct DeathWatch {
    static let argument = "--watch-for-the-end-of"

    /// Marks the processes of this gateway.
    let mark: String
    private let watcher: ChildProcess
    private let holding: FileHandle

    init() throws {
        mark = "\(getpid())-\(UUID().uuidString)"
        let (reading, writing) = try makePipe()
        holding = writing
        watcher = try ChildProcess(
            "/proc/self/exe",
            [Self.argument, mark],
            environment: [:],
            input: reading.fileDescriptor,
            output: STDOUT_FILENO,
            errors: STDERR_FILENO
        )
    }

    /// Ends the watch, and with it every process that remains.
    func end() {
        try? holding.close()
        _ = watcher.wait(until: Date(timeIntervalSinceNow: 30))
    }

    /// The work of the second process.
    static func watch(for mark: String) {
        var byte: UInt8 = 0
        while unsafe read(STDIN_FILENO, &byte, 1) > 0 {}
        // A process may start another one during the search.
        while case let processes = processes(with: mark), !processes.isEmpty {
            for process in processes { kill(process, SIGKILL) }
            usleep(10_000)
        }
    }

    /// The processes that carry `mark`, except those that have ended and wait to be reaped.
    static func processes(with mark: String) -> [pid_t] {
        let entry = Data("\(Launcher.markVariable)=\(mark)\0".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { process in
            FileManager.default.contents(atPath: "/proc/\(process)/environ")?
                .range(of: entry) != nil
        }
    }
}
