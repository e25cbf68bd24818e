import Glibc

/// A TCP port of 127.0.0.1 that nothing listens on at the moment.
package func freePort() throws -> Int {
    guard let port = boundPort(0) else { throw SystemError("find a free port") }
    return port
}

/// Whether a server could listen on `port` of 127.0.0.1.
package func isFree(port: Int) -> Bool {
    boundPort(port) != nil
}

/// Binds a socket to `port`, closes it again, and returns the port; nil with `errno` when that fails.
private func boundPort(_ port: Int) -> Int? {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | closedOnExec, 0)
    guard descriptor >= 0 else { return nil }
    var yes: Int32 = 1
    var address = loopback(port: port)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                SO_REUSEADDR,
                &yes,
                socklen_t(MemoryLayout<Int32>.size)
            ) == 0
                && bind(descriptor, pointer, length) == 0
                && getsockname(descriptor, pointer, &length) == 0
        }
    }
    let reason = errno
    close(descriptor)
    errno = reason
    return isBound ? Int(UInt16(bigEndian: address.sin_port)) : nil
}

/// The name of `port` on `address`, the last three bytes of one of loopback.
func loopback(address: UInt32 = 1, port: Int) -> sockaddr_in {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = UInt16(clamping: port).bigEndian
    name.sin_addr.s_addr = (0x7F00_0000 | address).bigEndian
    return name
}
