import CLinux
import Glibc

/// A new process of the same program that takes over listening sockets, so that no connection
/// waiting to be accepted is lost: it uses the same sockets, not new ones on the same port.
package enum Successor {
    /// How long the new process may take until it serves.
    static let patience = Duration.seconds(30)

    /// Starts this process's program again, by the path from which it was started, with `sockets`,
    /// and waits until it serves; returns its process id.
    ///
    /// Throws if it ends before that, or takes longer than 30 seconds: then it is killed, and this
    /// process continues. The file at the path may have been replaced by a newer version.
    package static func start(with sockets: [Int32]) throws(SystemError) -> Int32 {
        try start(ownPath, Array(CommandLine.arguments.dropFirst()), with: sockets)
    }

    static func start(
        _ path: String,
        _ arguments: [String],
        with sockets: [Int32]
    ) throws(SystemError) -> Int32 {
        var ends: [Int32] = [-1, -1]
        // Not a pipe: only this is closed automatically in programs that other threads start
        // meanwhile.
        guard unsafe socketpair(AF_UNIX, SocketKind.stream, 0, &ends) == 0 else {
            throw .last("open a channel")
        }
        defer { close(ends[0]) }
        let process: pid_t
        do throws(SystemError) {
            process = try spawn(path, arguments, passing: sockets, readiness: ends[1])
            close(ends[1])
        } catch {
            close(ends[1])
            throw error
        }
        var descriptor = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(patience.components.seconds * 1000)
        var word: [UInt8] = [0]
        let hasEvent = unsafe poll(&descriptor, 1, milliseconds) == 1
        guard hasEvent, let count = try? readSome(from: ends[0], into: &word), count == 1 else {
            kill(process, SIGKILL)
            var status: Int32 = 0
            unsafe waitpid(process, &status, 0)
            throw SystemError(
                "restart \(path)",
                reason: hasEvent ? "it ended before it served" : "it did not serve within 30 s"
            )
        }
        return process
    }

    /// The file from which this process was started, even if it has been replaced since.
    private static var ownPath: String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        let path = String(
            decoding: bytes.prefix(max(count, 0)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        let mark = " (deleted)"
        return path.hasSuffix(mark) ? String(path.dropLast(mark.count)) : path
    }

    private static func spawn(
        _ path: String,
        _ arguments: [String],
        passing sockets: [Int32],
        readiness: Int32
    ) throws(SystemError) -> Int32 {
        // Move them out of the way first: one may have the number that another needs.
        var copies: [Int32] = []
        defer { for copy in copies { close(copy) } }
        for descriptor in sockets + [readiness] {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 1000)
            guard copy >= 0 else { throw .last("duplicate a socket") }
            copies.append(copy)
        }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for (index, copy) in copies.enumerated() {
            let target = PassedSockets.first + Int32(index)
            unsafe posix_spawn_file_actions_adddup2(&actions, copy, target)
        }
        let own = [
            "LISTEN_FDS=\(sockets.count)", "\(PassedSockets.predecessorVariable)=\(getpid())",
            "\(PassedSockets.readinessVariable)=\(PassedSockets.first + Int32(sockets.count))",
        ]
        var environment = unsafe [UnsafeMutablePointer<CChar>?]()
        var entry = unsafe Glibc.environ
        while let text = unsafe entry.pointee {
            if unsafe strncmp(text, "LISTEN_", 7) != 0 {
                unsafe environment.append(strdup(text))
            }
            unsafe entry += 1
        }
        for text in own { unsafe environment.append(strdup(text)) }
        unsafe environment.append(nil)
        var words = unsafe ([path] + arguments).map { unsafe strdup($0) } + [nil]
        defer {
            unsafe environment.forEach { unsafe free($0) }
            unsafe words.forEach { unsafe free($0) }
        }
        var process: pid_t = 0
        let code = unsafe posix_spawn(&process, path, &actions, nil, &words, &environment)
        guard code == 0 else { throw SystemError("start \(path)", code: code) }
        return process
    }
}
