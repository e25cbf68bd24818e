package import Foundation
import Glibc

/// A program that runs in its own process group, so that nothing that it starts outlives it.
///
/// A thread waits for it from the start. When the program ends, by itself or by a signal, the rest
/// of its group is killed before it is reaped.
package final class ChildProcess: Sendable {
    /// How a program ended.
    package enum Ending: Hashable, Sendable, CustomStringConvertible {
        case exited(Int32)
        case signalled(Int32)

        package var description: String {
            switch self {
            case .exited(let status): "exit status \(status)"
            case .signalled(let signal): "signal \(signal)"
            }
        }
    }

    package let processID: pid_t
    private let state: ReapedState

    /// Starts `executable`, a path, with exactly `environment`.
    ///
    /// The file descriptors are duplicated; the caller closes its own. Signals are reset to their
    /// defaults in the program.
    package init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String],
        input: Int32,
        output: Int32,
        errors: Int32
    ) throws {
        processID = try Self.spawn(
            executable,
            arguments,
            environment: environment,
            descriptors: [input, output, errors]
        )
        state = ReapedState()
        Thread.detachNewThread { [processID, state] in
            state.finish(Self.reap(processID))
        }
    }

    deinit {
        signal(SIGKILL)
    }

    package var isRunning: Bool { state.ending == nil }

    /// The program's peak resident memory so far, in bytes; nil if it has ended.
    package var peakMemory: Int? {
        guard
            let status = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
            let kibibytes = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }

    /// Sends the signal `number` to the program and all that it started, unless it has ended.
    package func signal(_ number: Int32) {
        state.whileRunning { kill(-processID, number) }
    }

    /// Waits until the program ends, indefinitely or until `deadline`; nil if it still runs then.
    package func wait(until deadline: Date? = nil) -> Ending? {
        state.wait(until: deadline)
    }

    /// Asks the program to end by SIGTERM, and kills it after `seconds`.
    @discardableResult
    package func stop(patience seconds: Double = 5) -> Ending {
        signal(SIGTERM)
        if let ending = wait(until: Date(timeIntervalSinceNow: seconds)) { return ending }
        signal(SIGKILL)
        return wait() ?? .signalled(SIGKILL)
    }
}

extension ChildProcess {
    private static func spawn(
        _ executable: String,
        _ arguments: [String],
        environment: [String: String],
        descriptors: [Int32]
    ) throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe _ = posix_spawn_file_actions_destroy(&actions) }
        for (target, descriptor) in descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(target))
        }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe _ = posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        var all = sigset_t()
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))

        let argumentVector = unsafe CStrings([executable] + arguments)
        let environmentVector = unsafe CStrings(environment.map { "\($0)=\($1)" })
        defer {
            unsafe argumentVector.free()
            unsafe environmentVector.free()
        }
        var processID = pid_t()
        let code = unsafe posix_spawn(
            &processID,
            executable,
            &actions,
            &attributes,
            argumentVector.pointers,
            environmentVector.pointers
        )
        guard code == 0 else { throw SystemError("start \(executable)", code: code) }
        return processID
    }

    /// Blocks until the program has ended, kills the rest of its group, and collects its status.
    private static func reap(_ processID: pid_t) -> Ending {
        var information = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) == -1,
            errno == EINTR
        {}
        kill(-processID, SIGKILL)
        var status: Int32 = 0
        while unsafe waitpid(processID, &status, 0) == -1, errno == EINTR {}
        let signal = status & 0x7F
        return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
    }
}

/// A null-terminated array of C strings.
@unsafe
private struct CStrings {
    let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let count: Int

    init(_ strings: [String]) {
        unsafe count = strings.count
        unsafe pointers = .allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { unsafe pointers[index] = strdup(string) }
        unsafe pointers[strings.count] = nil
    }

    func free() {
        for index in unsafe 0..<count { unsafe Glibc.free(pointers[index]) }
        unsafe pointers.deallocate()
    }
}

/// Whether and how a program ended, shared with the thread that waits for it.
private final class ReapedState: @unchecked Sendable {
    private let condition = NSCondition()
    private var value: ChildProcess.Ending?

    var ending: ChildProcess.Ending? { condition.withLock { value } }

    func finish(_ ending: ChildProcess.Ending) {
        condition.withLock {
            value = ending
            condition.broadcast()
        }
    }

    /// Runs `body` unless the program is known to have ended.
    func whileRunning(_ body: () -> Void) {
        condition.withLock {
            if value == nil { body() }
        }
    }

    func wait(until deadline: Date?) -> ChildProcess.Ending? {
        condition.withLock {
            while value == nil {
                guard let deadline else {
                    condition.wait()
                    continue
                }
                guard condition.wait(until: deadline) else { return value }
            }
            return value
        }
    }
}
