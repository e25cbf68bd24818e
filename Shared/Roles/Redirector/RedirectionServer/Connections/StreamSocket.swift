import CLinux
import Glibc

/// One end of a TCP connection, non-blocking.
///
/// It does not close the descriptor: the owner of the connection closes it, once.
struct StreamSocket {
    let descriptor: Int32

    enum Arrival {
        case bytes(Int)
        /// Nothing at the moment.
        case nothing
        /// Nothing any more: the peer has closed its sending half, or the connection is broken.
        case end
    }

    /// Receives at most as much as fits into `buffer`.
    func receive(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Arrival {
        while true {
            let count = unsafe receive_bytes(descriptor, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            switch errno {
            case EAGAIN: return .nothing
            case EINTR: continue
            default: return .end
            }
        }
    }

    /// Sends as many of `bytes` as the kernel accepts now, and returns their number; nil if the
    /// connection is broken.
    func send(_ bytes: Span<UInt8>) -> Int? {
        while true {
            let count = unsafe bytes.withUnsafeBufferPointer { bytes in
                unsafe send_bytes(descriptor, bytes.baseAddress, bytes.count)
            }
            if count >= 0 { return count }
            switch errno {
            case EAGAIN: return 0
            case EINTR: continue
            default: return nil
            }
        }
    }

    /// Shuts down the sending half; input is still accepted.
    func closeSendingHalf() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// The number of bytes in the kernel that the peer has not taken.
    var unsentByteCount: Int { Int(unsent_byte_count(descriptor)) }

    func close() {
        _ = Glibc.close(descriptor)
    }

    /// Closes the connection and discards what the peer has not taken, instead of keeping it for
    /// minutes for a client that does not read.
    func abort() {
        var option = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, size)
        close()
    }
}
