import CLinux
import FunctionRuntime
import Glibc
import Synchronization

/// Writes the lines of the request log to standard output, on a thread of its own.
///
/// Whoever reads them may be slow, or stop reading: a loop never waits for that. Lines that find too
/// many before them are dropped and counted.
final class LogOutput: Sendable {
    private struct State: Sendable {
        var waiting: [UInt8] = []
        var droppedByteCount = 0
        var isStopped = false
    }

    /// How many bytes may wait.
    private static let limit = 1 << 20

    private let state = Mutex(State())
    private let wakeUp: Int32
    private let thread = Mutex<Thread?>(nil)

    init() throws(SystemError) {
        wakeUp = eventfd(0, Int32(EFD_CLOEXEC))
        guard wakeUp >= 0 else { throw .last("make an eventfd") }
        let started = try Thread { [self] in run() }
        thread.withLock { $0 = started }
    }

    deinit {
        close(wakeUp)
    }

    func write(_ lines: [UInt8]) {
        let isFirst = state.withLock { state in
            guard state.waiting.count + lines.count <= Self.limit else {
                state.droppedByteCount += lines.count
                return false
            }
            defer { state.waiting += lines }
            return state.waiting.isEmpty
        }
        if isFirst { wake() }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(wakeUp, &one, MemoryLayout<UInt64>.size)
    }

    private func run() {
        while true {
            var count: UInt64 = 0
            _ = unsafe read(wakeUp, &count, MemoryLayout<UInt64>.size)
            let taken = state.withLock { state in
                defer {
                    state.waiting = []
                    state.droppedByteCount = 0
                }
                return state
            }
            if taken.droppedByteCount > 0 {
                Log.warning("request log dropped", ["bytes": taken.droppedByteCount])
            }
            guard put(taken.waiting), !taken.isStopped else { return }
        }
    }

    /// Writes all of `bytes`; false when nobody will ever read them.
    private func put(_ bytes: [UInt8]) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes[written...].withUnsafeBytes { rest in
                unsafe Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
            }
            guard count >= 0 || errno == EINTR else { return false }
            written += max(count, 0)
        }
        return true
    }

    /// Returns when what waits has been written.
    func stop() {
        state.withLock { $0.isStopped = true }
        wake()
        thread.withLock { $0 }?.join()
    }
}
