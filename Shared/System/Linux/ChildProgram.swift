import CLinux
import Glibc
import Time

/// A program in its own session, whose output is read while it runs.
///
/// Nothing here blocks unless requested: ``step(atMost:_:)`` reads what both streams have, so that
/// one thread can handle many programs, and neither stream can fill up and stall one. When the
/// program ends, or its time is over, the rest of its process group is killed before it is reaped.
/// It is also killed if the thread that started it ends for any reason, because nobody would stop
/// it then.
package final class ChildProgram {
    package enum Ending: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        /// The time limit was reached.
        case timedOut
        /// The caller stopped it.
        case stopped
    }

    package enum Stream: Int, Sendable {
        case output = 0
        case errors = 1
    }

    /// The destination of its standard error.
    package enum Errors: Sendable {
        /// Read by ``step(atMost:_:)``, like its output.
        case read
        /// It is this process's standard error.
        case inherited
    }

    private let processID: pid_t
    /// The reading ends, by ``Stream``; -1 once closed.
    private var descriptors: [Int32]
    /// Readable once the program has ended; -1 if the kernel is too old for pidfds.
    private let exitDescriptor: Int32
    private let deadline: Deadline
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    package private(set) var ending: Ending?

    /// The maximum wait of a step before it checks whether the program has ended, in case one of
    /// its children keeps the streams open.
    private static let longestWait = Duration.milliseconds(100)
    /// Whether the last step left something to read.
    package private(set) var hasMore = false

    /// The maximum number of reads of a stream in one step, 128 KiB, so that a fast program leaves
    /// time for others.
    private static let readLimit = 2
    /// The maximum number of reads after the end: more than fits into a socket, but bounded if a
    /// grandchild writes forever.
    private static let lastReadLimit = 16

    /// Starts `arguments[0]`, searched for in `PATH`, with exactly `environment`, or with this
    /// process's for nil.
    ///
    /// `input` is the descriptor of its standard input; nil for empty input. It is killed after
    /// `limit`. `memoryLimit` limits its address space in bytes; 0 for no limit.
    package init(
        _ arguments: [String],
        environment: [String: String]?,
        input: Int32? = nil,
        errors errorsGo: Errors = .read,
        limit: Duration,
        memoryLimit: Int = 0
    ) throws(SystemError) {
        deadline = Deadline(after: limit)
        // Not pipes: only these are closed automatically in programs that other threads start
        // meanwhile.
        let output = try Self.channel()
        let errors: (reading: Int32, writing: Int32)
        do throws(SystemError) {
            errors = errorsGo == .read ? try Self.channel() : (-1, STDERR_FILENO)
        } catch {
            close(output.reading)
            close(output.writing)
            throw error
        }
        descriptors = [output.reading, errors.reading]
        defer {
            close(output.writing)
            if errorsGo == .read { close(errors.writing) }
        }
        do throws(SystemError) {
            processID = try Self.spawn(
                arguments,
                environment,
                input: input ?? -1,
                output: output.writing,
                errors: errors.writing,
                memoryLimit: memoryLimit
            )
        } catch {
            close(output.reading)
            if errorsGo == .read { close(errors.reading) }
            throw error
        }
        exitDescriptor = descriptor_of_process(processID)
    }

    deinit {
        if ending == nil { end(.stopped) }
        if exitDescriptor >= 0 { close(exitDescriptor) }
    }

    /// Reads what the program has written, after waiting at most `longest`, and returns how it
    /// ended once everything was read.
    package func step(
        atMost longest: Duration,
        _ receive: (Stream, ArraySlice<UInt8>) -> Void
    ) -> Ending? {
        if let ending { return ending }
        wait(atMost: min(longest, deadline.left, Self.longestWait))
        let hasExited = hasExited
        hasMore = false
        if hasExited { kill(-processID, SIGKILL) }
        for stream in [Stream.output, .errors] {
            // What the program wrote before its end is available by now.
            read(stream, atMost: hasExited ? Self.lastReadLimit : Self.readLimit, receive)
        }
        if hasExited {
            end(nil)
        } else if deadline.isOver {
            end(.timedOut)
        }
        return ending
    }

    /// Ends the program now.
    package func stop() {
        if ending == nil { end(.stopped) }
    }

    private func wait(atMost longest: Duration) {
        let milliseconds = longest.roundedUpToMilliseconds
        guard milliseconds > 0 else { return }
        var events = (descriptors + [exitDescriptor]).map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        _ = unsafe poll(&events, nfds_t(events.count), Int32(clamping: milliseconds))
    }

    private func read(
        _ stream: Stream,
        atMost limit: Int,
        _ receive: (Stream, ArraySlice<UInt8>) -> Void
    ) {
        var readCount = 0
        while descriptors[stream.rawValue] >= 0, readCount < limit {
            let count = unsafe recv(
                descriptors[stream.rawValue],
                &buffer,
                buffer.count,
                Int32(MSG_DONTWAIT)
            )
            if count > 0 {
                readCount += 1
                receive(stream, buffer[..<count])
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                closeStream(stream.rawValue)
            } else if errno == EAGAIN {
                return
            }
        }
        if descriptors[stream.rawValue] >= 0 { hasMore = true }
    }

    private func closeStream(_ index: Int) {
        if descriptors[index] >= 0 { close(descriptors[index]) }
        descriptors[index] = -1
    }

    /// Whether the program itself has ended; it is not reaped yet, so that its process id stays
    /// reserved.
    private var hasExited: Bool {
        var information = unsafe siginfo_t()
        unsafe information.si_signo = 0
        let code = unsafe waitid(
            P_PID,
            id_t(processID),
            &information,
            WEXITED | WNOWAIT | WNOHANG
        )
        return code == 0 && (unsafe information.si_signo) == SIGCHLD
    }

    /// Kills what is left of the group, reaps the program and closes the streams.
    ///
    /// `reason` is nil if the program ended by itself.
    private func end(_ reason: Ending?) {
        kill(-processID, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(processID, &status, 0) == -1, errno == EINTR {}
        for index in descriptors.indices { closeStream(index) }
        let signal = status & 0x7F
        ending = reason ?? (signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal))
    }
}

extension ChildProgram {
    private static func channel() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, SocketKind.stream, 0, &ends) == 0 else {
            throw .last("open a channel")
        }
        return (ends[0], ends[1])
    }

    private static func spawn(
        _ arguments: [String],
        _ environment: [String: String]?,
        input: Int32,
        output: Int32,
        errors: Int32,
        memoryLimit: Int
    ) throws(SystemError) -> pid_t {
        guard let path = ExecutableSearch.path(of: arguments[0]) else {
            throw SystemError("start \(arguments[0])", code: ENOENT)
        }
        let strings = unsafe arguments.map { unsafe strdup($0) } + [nil]
        let variables = unsafe environment?.map { unsafe strdup("\($0.key)=\($0.value)") }
        defer { unsafe (strings + (variables ?? [])).forEach { unsafe free($0) } }
        let processID = unsafe start_bound_program(
            path,
            strings,
            variables.map { unsafe $0 + [nil] },
            input,
            output,
            errors,
            UInt(max(0, memoryLimit))
        )
        guard processID > 0 else {
            throw SystemError("start \(arguments[0])", code: -processID)
        }
        return processID
    }
}
