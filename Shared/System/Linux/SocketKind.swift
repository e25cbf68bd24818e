import Glibc

/// What socket(2) and accept4(2) take as type and flags.
///
/// Every socket of ours closes when another program is started in its place.
package enum SocketKind {
    package static var stream: Int32 { Int32(SOCK_STREAM.rawValue) | closedOnExec }
    package static var datagram: Int32 { Int32(SOCK_DGRAM.rawValue) | closedOnExec }

    package static var closedOnExec: Int32 { Int32(SOCK_CLOEXEC.rawValue) }
    package static var nonBlocking: Int32 { Int32(SOCK_NONBLOCK.rawValue) }
}
