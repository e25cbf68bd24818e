package import Glibc

/// Starts a thread of the operating system that runs `body` and ends with it; nil, with `errno` set, where none
/// can be had.
///
/// It is to be joined or detached.
package func startThread(_ body: sending @escaping () -> Void) -> pthread_t? {
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
        errno = code
        return nil
    }
    return handle
}

private final class ThreadBody {
    let run: () -> Void

    init(_ run: @escaping () -> Void) {
        self.run = run
    }
}
