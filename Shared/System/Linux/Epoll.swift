import CLinux
import Glibc

/// Tells which descriptors have become ready (epoll(7)).
@safe package final class Epoll {
    /// What happened to a descriptor, and what one is watched for.
    package struct Events: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        package static let readable = Events(rawValue: EPOLLIN.rawValue)
        package static let writable = Events(rawValue: EPOLLOUT.rawValue)
        /// The peer has closed its sending half, behind what it sent.
        package static let endOfInput = Events(rawValue: EPOLLRDHUP.rawValue)
        /// The connection is gone in both directions; reported whatever is watched for.
        package static let gone = Events(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
        /// Report a change once, and not for as long as it lasts.
        ///
        /// The kernel need not look at the descriptor again, which saves time with every event;
        /// whoever is told must go on until the kernel has nothing more to give or to take.
        package static let onChange = Events(rawValue: EPOLLET.rawValue)
    }

    package struct Event {
        package let descriptor: Int32
        package let events: Events
    }

    private let descriptor: Int32
    private let capacity: Int
    private let buffer: UnsafeMutablePointer<epoll_event>

    /// One wait brings `capacity` events at most.
    package init(capacity: Int = 256) throws(SystemError) {
        self.capacity = max(capacity, 1)
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        unsafe buffer = .allocate(capacity: self.capacity)
        guard descriptor >= 0 else { throw .last("make an epoll instance") }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        unsafe buffer.deallocate()
    }

    /// Begins to watch `descriptor`; closing it ends that.
    package func watch(_ descriptor: Int32, for events: Events) throws(SystemError) {
        guard control(EPOLL_CTL_ADD, descriptor, events) else { throw .last("watch") }
    }

    /// Watches `descriptor`, which is being watched, for something else.
    package func change(_ descriptor: Int32, to events: Events) throws(SystemError) {
        guard control(EPOLL_CTL_MOD, descriptor, events) else { throw .last("watch") }
    }

    /// Ends the watch over a descriptor that stays open.
    package func ignore(_ descriptor: Int32) {
        _ = control(EPOLL_CTL_DEL, descriptor, [])
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: Events) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = events.rawValue
        unsafe event.data.fd = descriptor
        return unsafe epoll_ctl(self.descriptor, operation, descriptor, &event) == 0
    }

    /// Waits at most this many milliseconds, -1 for as long as it takes; returns how many events
    /// there are.
    ///
    /// A signal ends the wait early: then nothing has happened.
    package func wait(atMost milliseconds: Int32) -> Int {
        let count = unsafe wait_for_events(descriptor, buffer, Int32(capacity), milliseconds)
        return max(Int(count), 0)
    }

    /// One of the events of the last wait.
    package func event(at index: Int) -> Event {
        precondition(index < capacity)
        let event = unsafe buffer[index]
        return unsafe Event(
            descriptor: event.data.fd,
            events: Events(rawValue: event.events)
        )
    }
}
