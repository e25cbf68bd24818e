import Glibc
import Mirrors
import Redirection

/// An address and a port in the form for system calls.
struct SocketAddress {
    static let capacity = socklen_t(MemoryLayout<sockaddr_in6>.size)

    /// The larger of the two kinds; the smaller one uses its first bytes.
    private var storage = sockaddr_in6()
    private let byteCount: socklen_t

    /// Room for an address that a system call returns.
    init() {
        byteCount = Self.capacity
    }

    init(_ address: IPAddress, port: Int) {
        let port = UInt16(truncatingIfNeeded: port).bigEndian
        guard address.isIPv4 else {
            byteCount = Self.capacity
            storage.sin6_family = sa_family_t(AF_INET6)
            storage.sin6_port = port
            unsafe withUnsafeMutableBytes(of: &storage.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(
                    of: address.low.bigEndian,
                    toByteOffset: 8,
                    as: UInt64.self
                )
            }
            return
        }
        byteCount = socklen_t(MemoryLayout<sockaddr_in>.size)
        var v4 = sockaddr_in()
        v4.sin_family = sa_family_t(AF_INET)
        v4.sin_port = port
        v4.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            unsafe bytes.storeBytes(of: v4, as: sockaddr_in.self)
        }
    }

    mutating func withPointer<Result>(
        _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe body(pointer, byteCount)
            }
        }
    }

    var port: Int {
        // At the same offset in both kinds.
        Int(UInt16(bigEndian: storage.sin6_port))
    }

    /// Nil unless it is an IP address.
    var address: IPAddress? {
        switch Int32(storage.sin6_family) {
        case AF_INET:
            // sockaddr_in: family, port, then 4 bytes in network order.
            return unsafe withUnsafeBytes(of: storage) { bytes in
                IPAddress(
                    v4: UInt32(
                        bigEndian: unsafe bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
                    )
                )
            }
        case AF_INET6:
            // sockaddr_in6: family, port, flow label, then 16 bytes in network order.
            return unsafe withUnsafeBytes(of: storage) { bytes in
                unsafe IPAddress(
                    high: UInt64(
                        bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
                    ),
                    low: UInt64(
                        bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
                    )
                )
            }
        default:
            return nil
        }
    }
}
