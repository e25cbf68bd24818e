import CLinux
import Glibc

/// Looks for newer maps and health every few seconds, on a thread of its own.
final class MapRefresh: Sendable {
    private let interval: Int
    private let looksAtOnce: Bool
    private let look: @Sendable () -> Void
    private let afterFirstLook: @Sendable () -> Void
    /// Readable once it is to end.
    private let end: Int32

    /// `look` looks for what is new and hands it on, first after the interval or at once;
    /// `afterFirstLook` comes after the one at once, whatever it found.
    init(
        everySeconds interval: Int,
        startingAtOnce looksAtOnce: Bool,
        look: @escaping @Sendable () -> Void,
        afterFirstLook: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        self.interval = interval
        self.looksAtOnce = looksAtOnce
        self.look = look
        self.afterFirstLook = afterFirstLook
        end = eventfd(0, Int32(EFD_CLOEXEC))
        guard end >= 0 else { throw .last("make an eventfd") }
        _ = try Thread { [self] in run() }
    }

    deinit {
        close(end)
    }

    private func run() {
        if looksAtOnce {
            look()
            afterFirstLook()
        }
        while !isEnded(within: interval) { look() }
    }

    /// Waits for so many seconds at most.
    private func isEnded(within seconds: Int) -> Bool {
        var descriptor = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&descriptor, 1, Int32(clamping: seconds * 1000)) > 0
    }

    /// Ends the thread after the look that it is at: storage that does not answer holds up nobody.
    func stop() {
        var one: UInt64 = 1
        _ = unsafe write(end, &one, MemoryLayout<UInt64>.size)
    }
}
