import CCurl
import Glibc

/// The sockets that are waited for together: an epoll instance.
@safe final class SocketPoll {
    /// What may happen to a socket.
    struct Events: OptionSet {
        let rawValue: UInt32

        static let readable = Events(rawValue: EPOLLIN.rawValue)
        static let writable = Events(rawValue: EPOLLOUT.rawValue)
        static let failed = Events(rawValue: EPOLLERR.rawValue | EPOLLHUP.rawValue)
    }

    private let descriptor: Int32
    private var buffer = unsafe [epoll_event](repeating: epoll_event(), count: 64)
    /// What the caller waits for, by socket; empty for one that rests.
    private var wanted: [Events] = []
    /// What the kernel was told.
    private var registered: [Events] = []
    /// The sockets that are sure to come by ``forget(_:)`` before they are closed.
    private var adopted: Set<Int32> = []

    init() throws(HTTPTransportError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else {
            throw .unusable(reason: "no epoll instance: \(unsafe String(cString: strerror(errno)))")
        }
    }

    deinit {
        close(descriptor)
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
    /// between any two requests: that saves two system calls a request. Should something happen to it
    /// all the same, such as the server closing it, ``wait(atMost:_:)`` takes it out. Of other sockets
    /// nobody says when they are closed and their numbers given to new ones, so they are taken out.
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
        var event = unsafe epoll_event()
        unsafe event.events = events.rawValue
        unsafe event.data.fd = socket
        let operation = registered[index].isEmpty ? EPOLL_CTL_ADD : EPOLL_CTL_MOD
        _ = unsafe epoll_ctl(descriptor, operation, socket, &event)
        registered[index] = events
    }

    private func unregister(_ socket: Int32) {
        guard let index = slot(of: socket), !registered[index].isEmpty else { return }
        var event = unsafe epoll_event()
        _ = unsafe epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, &event)
        registered[index] = []
    }

    /// Waits until a socket is ready, at most for `longest`, and hands over those that are.
    ///
    /// A signal ends the wait early, so that the caller can look whether it should stop.
    func wait(atMost longest: Duration, _ receive: (_ socket: Int32, Events) -> Void) {
        // epoll counts in milliseconds; rounded up, or the last one would be spent spinning.
        let (seconds, attoseconds) = longest.components
        let milliseconds =
            seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        let count = unsafe buffer.withUnsafeMutableBufferPointer { buffer in
            unsafe epoll_wait(
                descriptor,
                buffer.baseAddress,
                Int32(buffer.count),
                Int32(clamping: max(0, milliseconds))
            )
        }
        guard count > 0 else { return }
        for index in 0..<Int(count) {
            let event = unsafe buffer[index]
            let socket = unsafe event.data.fd
            if wanted[Int(socket)].isEmpty {
                unregister(socket)
            } else {
                receive(socket, Events(rawValue: unsafe event.events))
            }
        }
    }
}
