import CLinux
import Glibc

/// Reports which descriptors are ready (epoll(7)).
@safe package final class Epoll {
    /// Events of a descriptor, or the events to watch it for.
    package struct Events: OptionSet, Hashable, Sendable {
        package let rawValue: UInt32

        package init(rawValue: UInt32) {
            self.rawValue = rawValue
        }

        package static let readable = Events(rawValue: EPOLLIN.rawValue)
        package static let writable = Events(rawValue: EPOLLOUT.rawValue)
        /// The peer has closed its sending half, after what it sent.
        package static let endOfInput = Events(rawValue: EPOLLRDHUP.rawValue)
        /// The connection is broken in both directions; always reported.
        package static let gone = Events(rawValue: EPOLLHUP.rawValue | EPOLLERR.rawValue)
        /// Edge-triggered: report a change once, not for as long as it lasts.
        ///
        /// The kernel need not examine the descriptor again, which saves time with every event; the
        /// receiver of an event must continue until the kernel has nothing more to give or take.
        package static let onChange = Events(rawValue: EPOLLET.rawValue)
    }

    package struct Event {
        package let descriptor: Int32
        package let events: Events
    }

    private let descriptor: Int32
    private let capacity: Int
    private let buffer: UnsafeMutablePointer<epoll_event>

    /// A wait returns at most `capacity` events.
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

    /// Starts to watch `descriptor`; closing it ends that.
    package func watch(_ descriptor: Int32, for events: Events) throws(SystemError) {
        guard control(EPOLL_CTL_ADD, descriptor, events) else { throw .last("watch") }
    }

    /// Changes the events of `descriptor`, which is being watched.
    package func change(_ descriptor: Int32, to events: Events) throws(SystemError) {
        guard control(EPOLL_CTL_MOD, descriptor, events) else {
            throw .last("change the watched events")
        }
    }

    /// Stops watching a descriptor that stays open.
    package func ignore(_ descriptor: Int32) {
        _ = control(EPOLL_CTL_DEL, descriptor, [])
    }

    private func control(_ operation: Int32, _ descriptor: Int32, _ events: Events) -> Bool {
        var event = unsafe epoll_event()
        unsafe event.events = events.rawValue
        unsafe event.data.fd = descriptor
        return unsafe epoll_ctl(self.descriptor, operation, descriptor, &event) == 0
    }

    /// Waits at most this many milliseconds, -1 for no limit; returns the number of events.
    ///
    /// A signal ends the wait early, without events.
    package func wait(atMost milliseconds: Int32) -> Int {
        let count = unsafe wait_for_events(descriptor, buffer, Int32(capacity), milliseconds)
        return max(Int(count), 0)
    }

    /// An event of the last wait.
    package func event(at index: Int) -> Event {
        precondition(index < capacity)
        let event = unsafe buffer[index]
        return unsafe Event(
            descriptor: event.data.fd,
            events: Events(rawValue: event.events)
        )
    }
}
