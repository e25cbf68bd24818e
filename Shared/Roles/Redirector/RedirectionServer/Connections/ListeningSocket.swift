import CLinux
import Glibc
import Linux
import Mirrors
import Redirection

/// A listening TCP socket.
final class ListeningSocket: Sendable {
    enum Arrival {
        case connection(StreamSocket, IPAddress?)
        /// No connection is waiting.
        case nothing
        /// The process or the system has no free descriptor.
        case noDescriptor
    }

    /// The maximum number of connections waiting to be accepted.
    static let backlog: Int32 = 4096
    /// The kernel's buffer size in each direction of a connection.
    ///
    /// The default is megabytes, for what a client does not take and for what it sends in the
    /// meantime. The kernel doubles the number for its own overhead.
    private static let bufferByteCount: Int32 = 32 * 1024
    /// The maximum that the kernel buffers in one direction.
    static let keptByteCount = Int(2 * bufferByteCount)
    /// The maximum segment size.
    ///
    /// A client acknowledges every second segment at once, but a single one only after 40 ms. If
    /// segments are as large as the buffer, as on loopback (64 KiB), there is never a second one,
    /// and long pages arrive in bursts. Networks with smaller segments are not affected.
    private static let segmentByteCount: Int32 = bufferByteCount / 4

    let descriptor: Int32

    /// Listens on `port` of `address`; 0 is any free port.
    ///
    /// `::` also accepts IPv4 whatever the system's default is, and falls back to IPv4 alone if the
    /// kernel lacks IPv6.
    ///
    /// `isShared` lets several sockets of one process listen on the same port, among which the
    /// kernel distributes connections.
    init(_ address: IPAddress, port: Int, isShared: Bool) throws(SystemError) {
        var address = address
        var opened = Self.open(address)
        let isAny = address == .anyIPv6
        if opened < 0, errno == EAFNOSUPPORT, isAny {
            address = IPAddress(v4: 0)
            opened = Self.open(address)
        }
        descriptor = opened
        guard descriptor >= 0 else { throw .last("make a socket") }
        if isAny, !address.isIPv4 { try set(IPV6_V6ONLY, of: Int32(IPPROTO_IPV6), to: 0) }
        try set(SO_REUSEADDR, of: SOL_SOCKET)
        if isShared { try set(SO_REUSEPORT, of: SOL_SOCKET) }
        try setUpConnections()
        try bind(address, port)
        guard listen(descriptor, Self.backlog) == 0 else { throw .last("listen") }
    }

    /// Takes ownership of a socket that is already bound and listening.
    init(passed descriptor: Int32) throws(SystemError) {
        self.descriptor = descriptor
        try setUpConnections()
    }

    /// Sets options that accepted sockets inherit, which saves system calls for each.
    private func setUpConnections() throws(SystemError) {
        try set(TCP_NODELAY, of: Int32(IPPROTO_TCP))
        try set(TCP_MAXSEG, of: Int32(IPPROTO_TCP), to: Self.segmentByteCount)
        try set(SO_SNDBUF, of: SOL_SOCKET, to: Self.bufferByteCount)
        try set(SO_RCVBUF, of: SOL_SOCKET, to: Self.bufferByteCount)
    }

    deinit {
        close(descriptor)
    }

    private static func open(_ address: IPAddress) -> Int32 {
        let kind = SocketKind.stream | SocketKind.nonBlocking
        return socket(address.isIPv4 ? AF_INET : AF_INET6, kind, 0)
    }

    private func set(
        _ option: Int32,
        of level: Int32,
        to value: Int32 = 1
    ) throws(SystemError) {
        var value = value
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe setsockopt(descriptor, level, option, &value, size) == 0 else {
            throw .last("set an option of the socket")
        }
    }

    private func bind(_ address: IPAddress, _ port: Int) throws(SystemError) {
        var storage = SocketAddress(address, port: port)
        let result = unsafe storage.withPointer { pointer, size in
            unsafe Glibc.bind(descriptor, pointer, size)
        }
        guard result == 0 else { throw .last("bind the socket") }
    }

    /// The port of the socket, also if 0 was requested.
    var port: Int {
        var storage = SocketAddress()
        var size = SocketAddress.capacity
        _ = unsafe storage.withPointer { pointer, _ in
            unsafe getsockname(descriptor, pointer, &size)
        }
        return storage.port
    }

    /// Accepts the next connection.
    func accept() -> Arrival {
        var storage = SocketAddress()
        while true {
            var size = SocketAddress.capacity
            let accepted = unsafe storage.withPointer { pointer, _ in
                unsafe accept4(
                    descriptor,
                    pointer,
                    &size,
                    SocketKind.nonBlocking | SocketKind.closedOnExec
                )
            }
            if accepted >= 0 {
                return .connection(StreamSocket(descriptor: accepted), storage.address)
            }
            switch errno {
            case EAGAIN: return .nothing
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .noDescriptor
            // The connection failed before it was accepted; accept(2) lists these errors.
            case EINTR, ECONNABORTED, EPERM, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET,
                EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH:
                continue
            default: return .nothing
            }
        }
    }
}

extension IPAddress {
    /// `::`, every address of this machine.
    fileprivate static let anyIPv6 = IPAddress(high: 0, low: 0)
}
