import CLinux
import Glibc

/// Becomes readable once, at a given time (timerfd).
package final class OneShotTimer {
    package let descriptor: Int32

    package init() throws(SystemError) {
        descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("make a timer") }
    }

    deinit {
        close(descriptor)
    }

    /// Fires after this many milliseconds, replacing the previous setting; nil for never.
    package func set(milliseconds: Int64?) {
        // A time of zero would mean never.
        let wait = milliseconds.map { max($0, 1) } ?? 0
        let time = timespec(tv_sec: Int(wait / 1000), tv_nsec: Int(wait % 1000) * 1_000_000)
        var setting = itimerspec(it_interval: timespec(), it_value: time)
        unsafe timerfd_settime(descriptor, 0, &setting, nil)
    }

    /// Clears an expiration.
    package func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
