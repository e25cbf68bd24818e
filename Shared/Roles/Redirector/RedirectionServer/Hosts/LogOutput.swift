import FunctionRuntime
import Glibc
import Linux
import Synchronization

/// Writes the lines of the request log to standard output, on a separate thread.
///
/// The reader may be slow or stop; a loop never waits for it. Lines beyond the limit are dropped
/// and counted.
final class LogOutput: Sendable {
    private struct State: Sendable {
        var waiting: [UInt8] = []
        var droppedByteCount = 0
        var isStopped = false
    }

    /// The maximum number of pending bytes.
    private static let limit = 1 << 20

    private let state = Mutex(State())
    private let arrivals: EventCounter
    private let thread = Mutex<Thread?>(nil)

    init() throws(SystemError) {
        arrivals = try EventCounter()
        let started = try Thread { [self] in run() }
        thread.withLock { $0 = started }
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
        if isFirst { arrivals.signal() }
    }

    private func run() {
        while true {
            arrivals.wait()
            let taken = state.withLock { state in
                defer {
                    state.waiting = []
                    state.droppedByteCount = 0
                }
                return state
            }
            if taken.droppedByteCount > 0 {
                Log.warning("request log lines dropped", ["bytes": taken.droppedByteCount])
            }
            do throws(SystemError) {
                try writeAll(taken.waiting, to: STDOUT_FILENO)
            } catch {
                Log.warning("request log stopped", ["reason": error])
                return
            }
            if taken.isStopped { return }
        }
    }

    /// Returns after all pending lines were written.
    func stop() {
        state.withLock { $0.isStopped = true }
        arrivals.signal()
        thread.withLock { $0 }?.join()
    }
}
