import Glibc

/// A thread of the operating system.
struct Thread: Sendable {
    private let handle: pthread_t

    /// Starts a thread that runs `body` and ends with it.
    init(_ body: sending @escaping () -> Void) throws(SystemError) {
        let unmanaged = unsafe Unmanaged.passRetained(Body(body))
        var handle = pthread_t()
        let code = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            },
            unmanaged.toOpaque()
        )
        guard code == 0 else {
            unsafe unmanaged.release()
            errno = code
            throw .last("start a thread")
        }
        self.handle = handle
    }

    /// Waits for its end; once.
    func join() {
        pthread_join(handle, nil)
    }

    private final class Body {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }
}
