import CLinux
import Glibc

/// Wakes threads that sleep on a descriptor (eventfd(2)).
final class Wake: Sendable {
    /// Readable once ``signal()`` was called, until ``clear()``.
    let descriptor: Int32

    init() throws(SystemError) {
        descriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
        guard descriptor >= 0 else { throw .last("make an eventfd") }
    }

    deinit {
        close(descriptor)
    }

    func signal() {
        var one: UInt64 = 1
        // It fails only when 2^64 - 2 signals are pending, which wake as well.
        _ = unsafe write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Takes the signals that have come.
    func clear() {
        var count: UInt64 = 0
        _ = unsafe read(descriptor, &count, MemoryLayout<UInt64>.size)
    }

    /// Sleeps until a signal comes, which stays; false when none does before `time`, by
    /// ``Clock/milliseconds()``.
    func wait(until time: Int64 = .max) -> Bool {
        while true {
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = time == .max ? -1 : max(time - Clock.milliseconds(), 0)
            if unsafe poll(&event, 1, Int32(clamping: left)) > 0 { return true }
            if left != -1, Clock.milliseconds() >= time { return false }
        }
    }
}
