import FunctionRuntime
import Glibc

/// A thread of the operating system.
struct Thread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` and ends with it.
    init(_ body: sending @escaping () -> Void) throws(SystemError) {
        guard let handle = startThread(body) else { throw .last("start a thread") }
        self.handle = handle
    }

    /// Lets it end by itself; instead of ``join()``.
    func detach() {
        pthread_detach(handle)
    }

    /// Waits for its end; once.
    func join() {
        pthread_join(handle, nil)
    }
}
