import Glibc

/// Listening sockets opened by the process that started this one: systemd (sd_listen_fds(3)), or
/// the process that this one takes over from.
package enum PassedSockets {
    /// The first descriptor; the others follow it.
    package static let first: Int32 = 3

    /// The process that passed them, if it is the starter of a ``Successor`` instead of a
    /// supervisor.
    static let predecessorVariable = "LISTEN_PREDECESSOR"
    /// The descriptor on which ``Successor`` waits for this process to report that it serves.
    static let readinessVariable = "LISTEN_READY_FD"

    /// The parts of the environment and the process that are used, so that tests need neither.
    struct ProcessEnvironment {
        var variables: [String: String]
        var process: pid_t
        var parent: pid_t

        /// The environment of this process.
        static var own: ProcessEnvironment {
            var variables: [String: String] = [:]
            for name in ["LISTEN_FDS", "LISTEN_PID", predecessorVariable] {
                if let text = unsafe getenv(name) { variables[name] = unsafe String(cString: text) }
            }
            return ProcessEnvironment(variables: variables, process: getpid(), parent: getppid())
        }
    }

    /// The descriptors passed to this process; empty if there are none.
    ///
    /// Removes the variables for them from the environment, because they don't apply to programs
    /// started by this one. Throws if one of them is not a listening TCP socket.
    package static func take() throws(SystemError) -> [Int32] {
        let descriptors = numbers(.own)
        for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", predecessorVariable] {
            unsafe _ = unsetenv(name)
        }
        for descriptor in descriptors { try prepare(descriptor) }
        // No program started by this one may keep the channel open.
        if let channel = readinessChannel { _ = fcntl(channel, F_SETFD, FD_CLOEXEC) }
        return descriptors
    }

    /// The descriptors according to `environment`: they are only for the process `LISTEN_PID`, or
    /// for a child of the predecessor, which cannot know the child's process id beforehand.
    static func numbers(_ environment: ProcessEnvironment) -> [Int32] {
        let variables = environment.variables
        let isMeant =
            variables["LISTEN_PID"] == "\(environment.process)"
            || variables[predecessorVariable] == "\(environment.parent)"
        // More would be a mistake; each is served by a loop of its own.
        guard isMeant, let count = variables["LISTEN_FDS"].flatMap({ Int32($0) }),
            (1...64).contains(count)
        else { return [] }
        return Array(first..<first + count)
    }

    private static func prepare(_ descriptor: Int32) throws(SystemError) {
        var isListening: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let level = SOL_SOCKET
        guard unsafe getsockopt(descriptor, level, SO_ACCEPTCONN, &isListening, &size) == 0 else {
            throw .last("take the passed descriptor \(descriptor) for a socket")
        }
        var family: Int32 = 0
        guard unsafe getsockopt(descriptor, level, SO_DOMAIN, &family, &size) == 0,
            isListening == 1, family == AF_INET || family == AF_INET6
        else {
            throw SystemError(
                "take the passed descriptor \(descriptor)",
                reason: "it is no listening TCP socket (ListenStream= of a port)"
            )
        }
        let flags = fcntl(descriptor, F_GETFL)
        guard flags >= 0, fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0,
            fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
        else { throw .last("prepare the passed socket \(descriptor)") }
    }

    private static var readinessChannel: Int32? {
        guard let text = unsafe getenv(readinessVariable),
            let descriptor = unsafe Int32(String(cString: text)), descriptor > 2
        else { return nil }
        return descriptor
    }

    /// Reports to the predecessor, if there is one, that this process serves.
    package static func tellThatItServes() {
        guard let descriptor = readinessChannel else { return }
        unsafe _ = unsetenv(readinessVariable)
        // The predecessor may have given up in the meantime.
        try? writeAll([1], to: descriptor)
        close(descriptor)
    }
}
