import Linux
import Time

/// The sockets that are waited for together: an epoll instance.
final class SocketPoll {
    typealias Events = Epoll.Events

    private let epoll: Epoll
    /// What the caller waits for, by socket; empty for one that rests.
    private var wanted: [Events] = []
    /// What the kernel was told.
    private var registered: [Events] = []
    /// The sockets that are sure to come by ``forget(_:)`` before they are closed.
    private var adopted: Set<Int32> = []

    init() throws(HTTPTransportError) {
        do throws(SystemError) {
            epoll = try Epoll(capacity: 64)
        } catch {
            throw .unusable(reason: "\(error)")
        }
    }

    /// Notes that the owner of a new socket will say when it is closed.
    func adopt(_ socket: Int32) {
        adopted.insert(socket)
    }

    /// Takes out a socket that is about to be closed.
    func forget(_ socket: Int32) {
        watch(socket, for: [])
        adopted.remove(socket)
        unregister(socket)
    }

    /// Waits for `events` of the socket from now on, instead of others; for none, it rests.
    ///
    /// An adopted socket stays registered while it rests, because a persistent connection rests
    /// between any two requests: that saves two system calls a request. Should something happen to
    /// it all the same, such as the server closing it, ``wait(atMost:_:)`` takes it out. Of other
    /// sockets nobody says when they are closed and their numbers given to new ones, so they are
    /// taken out.
    func watch(_ socket: Int32, for events: Events) {
        guard let index = slot(of: socket) else { return }
        wanted[index] = events
        if !events.isEmpty {
            if registered[index] != events { register(events, index, socket) }
        } else if !adopted.contains(socket) {
            unregister(socket)
        }
    }

    private func slot(of socket: Int32) -> Int? {
        guard socket >= 0 else { return nil }
        let index = Int(socket)
        while wanted.count <= index {
            wanted.append([])
            registered.append([])
        }
        return index
    }

    private func register(_ events: Events, _ index: Int, _ socket: Int32) {
        // It fails only for a socket that is closed already, of which nothing comes.
        if registered[index].isEmpty {
            try? epoll.watch(socket, for: events)
        } else {
            try? epoll.change(socket, to: events)
        }
        registered[index] = events
    }

    private func unregister(_ socket: Int32) {
        guard let index = slot(of: socket), !registered[index].isEmpty else { return }
        epoll.ignore(socket)
        registered[index] = []
    }

    /// Waits until a socket is ready, at most for `longest`, and hands over those that are.
    ///
    /// A signal ends the wait early, so that the caller can look whether it should stop.
    func wait(atMost longest: Duration, _ receive: (_ socket: Int32, Events) -> Void) {
        let milliseconds = Int32(clamping: max(0, longest.roundedUpToMilliseconds))
        for index in 0..<epoll.wait(atMost: milliseconds) {
            let event = epoll.event(at: index)
            if wanted[Int(event.descriptor)].isEmpty {
                unregister(event.descriptor)
            } else {
                receive(event.descriptor, event.events)
            }
        }
    }
}
