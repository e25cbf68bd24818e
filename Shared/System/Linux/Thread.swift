import Glibc

/// A thread of the operating system, which must be joined or detached once.
package struct Thread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` and ends with it.
    package init(_ body: sending @escaping () -> Void) throws(SystemError) {
        let unmanaged = unsafe Unmanaged.passRetained(ThreadBody(body))
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            unmanaged.toOpaque()
        )
        guard code == 0 else {
            unsafe unmanaged.release()
            throw SystemError("start a thread", code: code)
        }
        self.handle = handle
    }

    /// Waits for its end.
    package func join() {
        pthread_join(handle, nil)
    }

    /// Lets it end by itself.
    package func detach() {
        pthread_detach(handle)
    }
}

private final class ThreadBody {
    let run: () -> Void

    init(_ run: @escaping () -> Void) {
        self.run = run
    }
}
