import Linux
import Time

/// The sockets to wait for together: an epoll instance.
final class SocketPoll {
    typealias Events = Epoll.Events

    private let epoll: Epoll
    /// The events wanted for each socket; empty for an idle one.
    private var wanted: [Events] = []
    /// The events registered with the kernel.
    private var registered: [Events] = []
    /// The sockets for which ``forget(_:)`` is certain to be called before they are closed.
    private var adopted: Set<Int32> = []

    init() throws(HTTPTransportError) {
        do throws(SystemError) {
            epoll = try Epoll(capacity: 64)
        } catch {
            throw .unusable(reason: "\(error)")
        }
    }

    /// Promises that the owner of a new socket will report its closing.
    func adopt(_ socket: Int32) {
        adopted.insert(socket)
    }

    /// Removes a socket that is about to be closed.
    func forget(_ socket: Int32) {
        watch(socket, for: [])
        adopted.remove(socket)
        unregister(socket)
    }

    /// Waits for these events of the socket from now on, in place of others; with none, it is idle.
    ///
    /// An adopted socket stays registered while idle, because a persistent connection is idle
    /// between any two requests: that saves two system calls a request. If something happens to it
    /// anyway, such as the server closing it, ``wait(atMost:_:)`` removes it. Other sockets may be
    /// closed unnoticed and their numbers reused, so they are removed.
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
        // It fails only for a closed socket, which has no events.
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

    /// Waits at most `longest` until sockets are ready, and passes these on.
    ///
    /// A signal ends the wait early, so that the caller can check whether to stop.
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
