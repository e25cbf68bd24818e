import CLinux
import Glibc

/// Tells which descriptors have become ready (epoll(7)).
///
/// A connection is watched edge-triggered: the kernel reports a change once and need not look at the
/// descriptor again, which saves time with every event. Whoever is told must go on until the kernel
/// has nothing more to give or to take.
@safe final class Epoll {
    /// What happened to a descriptor.
    struct Event {
        let descriptor: Int32
        fileprivate let kinds: UInt32

        /// Whether the peer has closed its sending half, behind what it sent.
        var isEndOfInput: Bool { kinds & EPOLLRDHUP.rawValue != 0 }
        /// Whether the connection is gone in both directions.
        var isGone: Bool { kinds & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 }
    }

    /// How a descriptor is watched.
    enum Interest {
        /// Reported as long as there is something to take: listeners, timers, wake-ups.
        case level
        /// Reported when something came.
        case input
        /// Reported when something came, and when there is room again for what is to go.
        case inputAndOutput

        fileprivate var kinds: UInt32 {
            switch self {
            case .level: EPOLLIN.rawValue
            case .input: EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            case .inputAndOutput:
                EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
            }
        }
    }

    /// How many events one wait brings at most.
    private static let capacity = 256

    private let descriptor: Int32
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: capacity)

    init() throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw .last("make an epoll instance") }
    }

    deinit {
        close(descriptor)
        unsafe events.deallocate()
    }

    /// Begins to watch `descriptor`; closing it ends that.
    func watch(_ descriptor: Int32, for interest: Interest) throws(SystemError) {
        guard control(EPOLL_CTL_ADD, descriptor, interest.kinds) else { throw .last("watch") }
    }

    /// Watches `descriptor`, which is being watched, for something else.
    func change(_ descriptor: Int32, to interest: Interest) throws(SystemError) {
        guard control(EPOLL_CTL_MOD, descriptor, interest.kinds) else { throw .last("watch") }
    }

    /// Ends the watch over a descriptor that stays open.
    func ignore(_ descriptor: Int32) {
        _ = control(EPOLL_CTL_DEL, descriptor, 0)
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ kinds: UInt32) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = kinds
        unsafe event.data.fd = descriptor
        return unsafe epoll_ctl(self.descriptor, operation, descriptor, &event) == 0
    }

    /// Waits until something happens, or only looks; returns how many events there are.
    func wait(isBlocking: Bool) -> Int {
        let count = unsafe wait_for_events(
            descriptor,
            events,
            Int32(Self.capacity),
            isBlocking ? -1 : 0
        )
        // Interrupted by a signal: nothing has happened.
        return max(Int(count), 0)
    }

    /// One of the events of the last wait.
    func event(at index: Int) -> Event {
        precondition(index < Self.capacity)
        let event = unsafe events[index]
        return unsafe Event(descriptor: event.data.fd, kinds: event.events)
    }
}
