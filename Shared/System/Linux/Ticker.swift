import CLinux
import Glibc

/// Becomes readable once a second while it runs (timerfd).
///
/// With a timeout for each wait instead, the kernel would set and remove a timer for every request.
package final class Ticker {
    package let descriptor: Int32
    package private(set) var isRunning = false

    package init() throws(SystemError) {
        descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("make a timer") }
    }

    deinit {
        close(descriptor)
    }

    package func start() {
        guard !isRunning else { return }
        isRunning = true
        set(seconds: 1)
    }

    package func stop() {
        isRunning = false
        set(seconds: 0)
    }

    private func set(seconds: Int) {
        let interval = timespec(tv_sec: seconds, tv_nsec: 0)
        var setting = itimerspec(it_interval: interval, it_value: interval)
        unsafe timerfd_settime(descriptor, 0, &setting, nil)
    }

    /// Clears the ticks so far, so that the next one is reported.
    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
