import Glibc

/// Makes closing the connection reset it instead of ending it properly.
package func resetOnClose(_ descriptor: Int32) {
    var linger = linger(l_onoff: 1, l_linger: 0)
    unsafe setsockopt(
        descriptor,
        SOL_SOCKET,
        SO_LINGER,
        &linger,
        socklen_t(MemoryLayout<Glibc.linger>.size)
    )
}
