import Glibc
import Synchronization

/// A TCP port of 127.0.0.1 that nothing listens on at the moment, for a server whose port is in its
/// configuration.
///
/// It is below the ports that the kernel uses for outgoing connections (from 32,768), and each call
/// returns another one, so nothing takes it before that server has started.
package func freePort() throws -> Int {
    try handedOut.withLock { handedOut in
        for _ in 0..<1000 {
            let port = Int.random(in: 12_000..<32_000)
            if !handedOut.contains(port), isFree(port: port) {
                handedOut.insert(port)
                return port
            }
        }
        throw SystemError("find a free port")
    }
}

private let handedOut = Mutex<Set<Int>>([])

/// Whether a server could listen on `port` of 127.0.0.1.
package func isFree(port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | closedOnExec, 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var yes: Int32 = 1
    var name = loopback(port: port)
    return unsafe withUnsafePointer(to: &name) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                SO_REUSEADDR,
                &yes,
                socklen_t(MemoryLayout<Int32>.size)
            ) == 0
                && bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// The address of `port` on `address`, the last three bytes of a loopback address.
func loopback(address: UInt32 = 1, port: Int) -> sockaddr_in {
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = UInt16(clamping: port).bigEndian
    name.sin_addr.s_addr = (0x7F00_0000 | address).bigEndian
    return name
}
