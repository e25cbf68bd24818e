import CLinux
import Glibc

/// Wakes a thread that sleeps in the kernel (eventfd(2)).
///
/// Any thread signals; one thread waits, or watches ``descriptor``, which is readable while there
/// are signals.
package final class EventCounter: Sendable {
    package let descriptor: Int32

    /// With `countsEach`, each wait consumes one signal; otherwise all of them.
    package init(countsEach: Bool = false) throws(SystemError) {
        let semaphore = countsEach ? EFD_SEMAPHORE : 0
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC | semaphore))
        guard descriptor >= 0 else { throw .last("make an eventfd") }
    }

    deinit {
        close(descriptor)
    }

    package func signal() {
        var one: UInt64 = 1
        // It fails only when 2^64 - 2 signals are pending, which also wake the thread.
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Consumes pending signals without waiting; false if there are none.
    @discardableResult
    package func take() -> Bool {
        var count: UInt64 = 0
        return unsafe read(descriptor, &count, MemoryLayout<UInt64>.size) > 0
    }

    /// Waits for a signal and consumes it.
    package func wait() {
        while !take() { _ = isSignalled() }
    }

    /// Waits for a signal without consuming it; false if none comes before `time`, by
    /// ``Clock/milliseconds()``.
    package func isSignalled(until time: Int64 = .max) -> Bool {
        while true {
            let left = time == .max ? -1 : max(time - Clock.milliseconds(), 0)
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            // It ends early if a signal handler ran.
            if unsafe poll(&event, 1, Int32(clamping: left)) > 0 { return true }
            if left != -1, Clock.milliseconds() >= time { return false }
        }
    }
}
