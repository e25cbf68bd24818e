import Foundation
import Glibc
import Synchronization

/// Accepts connections on its own port on loopback, each on its own thread, until it is stopped.
///
/// The kernel reuses the numbers of descriptors immediately, and tests run in parallel: a thread
/// that accepts on a number that another thread has closed would serve another test's clients. So
/// the accepting thread is the one that closes. No descriptor is inherited by child processes,
/// where it would keep a connection open that the server has closed.
package final class LoopbackServer: Sendable {
    package let port: Int
    private let listener: OwnedListener

    /// Serves each connection by `serve`, after which it is closed, on a port of `address`, the
    /// last three bytes of a loopback address.
    package init(
        address: UInt32 = 1,
        serve: @escaping @Sendable (_ connection: Int32) -> Void
    ) throws {
        let (descriptor, port) = try listeningSocket(address: address)
        self.port = port
        let listener = OwnedListener(descriptor)
        self.listener = listener
        Thread.detachNewThread {
            while let connection = listener.accept() {
                Thread.detachNewThread {
                    serve(connection)
                    close(connection)
                }
            }
        }
    }

    deinit {
        stop()
    }

    /// Accepts no more connections; existing ones continue.
    package func stop() { listener.stop() }
}

/// A listening socket that is closed by the accepting thread, and only shut down by others.
private final class OwnedListener: Sendable {
    private let descriptor: Int32
    private let isOpen = Mutex(true)

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next connection; nil, after closing the socket, once it was stopped.
    func accept() -> Int32? {
        while true {
            let connection = acceptedConnection(on: descriptor)
            if connection >= 0 { return connection }
            if errno == EINVAL { break }
            usleep(1000)
        }
        isOpen.withLock { isOpen in
            isOpen = false
            close(descriptor)
        }
        return nil
    }

    func stop() {
        isOpen.withLock { isOpen in
            if isOpen { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }
}

/// A socket that listens on a free port of `address`, the last three bytes of a loopback address.
package func listeningSocket(address: UInt32 = 1) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | closedOnExec, 0)
    guard descriptor >= 0 else { throw SystemError("make a socket") }
    var name = loopback(address: address, port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = unsafe withUnsafeMutablePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe bind(descriptor, pointer, length) == 0 && listen(descriptor, 64) == 0
                && getsockname(descriptor, pointer, &length) == 0
        }
    }
    guard isListening else {
        let error = SystemError("listen on loopback")
        close(descriptor)
        throw error
    }
    return (descriptor, Int(UInt16(bigEndian: name.sin_port)))
}

/// A connection to `port` of `host`, an IPv4 address of this machine, on which reads end after
/// `patience` seconds.
package func connectedSocket(
    to port: Int,
    at host: String = "127.0.0.1",
    patience: Int = 60
) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | closedOnExec, 0)
    guard descriptor >= 0 else { throw SystemError("make a socket") }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    var name = loopback(port: port)
    unsafe inet_pton(AF_INET, host, &name.sin_addr)
    let isConnected = unsafe withUnsafePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                SO_RCVTIMEO,
                &limit,
                socklen_t(MemoryLayout<timeval>.size)
            ) == 0
                && connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
    guard isConnected else {
        let error = SystemError("connect to \(host):\(port)")
        close(descriptor)
        throw error
    }
    return descriptor
}

/// Sends all of `bytes`; false if the other side accepts no more.
@discardableResult
package func sendAll(_ bytes: [UInt8], to connection: Int32) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = unsafe rest.withUnsafeBytes { bytes in
            unsafe send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
    }
    return true
}

/// The next connection on `listener`, or a negative number with `errno`.
func acceptedConnection(on listener: Int32) -> Int32 {
    // Glibc's module lacks `accept4`, which would do both in one call.
    let connection = accept(listener, nil, nil)
    if connection >= 0 { _ = fcntl(connection, F_SETFD, FD_CLOEXEC) }
    return connection
}

let closedOnExec = Int32(SOCK_CLOEXEC.rawValue)
