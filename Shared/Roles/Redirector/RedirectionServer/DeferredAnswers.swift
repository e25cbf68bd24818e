import CLinux
import Glibc
import Redirection
import Synchronization

/// Makes the answers that take more than the map, one after the other on a thread of its own.
///
/// The thread starts with the first of them: most servers only redirect.
final class DeferredAnswers: Sendable {
    /// An answer to be made, and who waits for it.
    private struct Order: Sendable {
        let answer: DeferredAnswer
        let deliver: @Sendable ([UInt8]) -> Void
    }

    private struct State: Sendable {
        var orders: [Order] = []
        var isStarted = false
        var isStopped = false
    }

    private let state = Mutex(State())
    /// Counts the orders; the thread sleeps on it.
    private let semaphore: Int32

    init() throws(SystemError) {
        semaphore = eventfd(0, Int32(EFD_SEMAPHORE | EFD_CLOEXEC))
        guard semaphore >= 0 else { throw .last("make an eventfd") }
    }

    deinit {
        close(semaphore)
    }

    /// Has `answer` made, and given to `deliver` on another thread; never after ``stop()``.
    func make(_ answer: DeferredAnswer, deliver: @escaping @Sendable ([UInt8]) -> Void) {
        let isStarted = state.withLock { state in
            guard !state.isStopped else { return true }
            state.orders.append(Order(answer: answer, deliver: deliver))
            defer { state.isStarted = true }
            return state.isStarted
        }
        if !isStarted { start() }
        wake()
    }

    /// Without a thread the orders wait, and their connections end when their time is up; the next
    /// order tries again.
    private func start() {
        do throws(SystemError) {
            _ = try Thread { [self] in run() }
        } catch {
            state.withLock { $0.isStarted = false }
        }
    }

    private func wake() {
        var one: UInt64 = 1
        _ = unsafe write(semaphore, &one, MemoryLayout<UInt64>.size)
    }

    private func run() {
        while true {
            var count: UInt64 = 0
            let result = unsafe read(semaphore, &count, MemoryLayout<UInt64>.size)
            guard result > 0 || errno == EINTR else { return }
            let (order, isStopped) = state.withLock { state in
                (state.orders.isEmpty ? nil : state.orders.removeFirst(), state.isStopped)
            }
            if isStopped { return }
            if let order { order.deliver(order.answer.bytes()) }
        }
    }

    /// Drops the orders; the thread ends after the answer that it is at.
    func stop() {
        state.withLock { state in
            state.isStopped = true
            state.orders = []
        }
        wake()
    }
}
