import CLinux
import Glibc

/// Writes all of `bytes` to a descriptor, with as many calls as needed; `operation` names it in
/// errors.
package func writeAll(
    _ bytes: [UInt8],
    to descriptor: Int32,
    _ operation: String = "write"
) throws(SystemError) {
    var written = 0
    while written < bytes.count {
        let count = unsafe bytes[written...].withUnsafeBytes { rest in
            unsafe write(descriptor, rest.baseAddress, rest.count)
        }
        if count < 0, errno == EAGAIN {
            // Another process that shares it may have made it non-blocking; wait.
            var room = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            _ = unsafe poll(&room, 1, -1)
            continue
        }
        guard count >= 0 || errno == EINTR else { throw .last(operation) }
        written += max(count, 0)
    }
}

/// Reads what is available to the beginning of `chunk`, waiting if necessary; returns the number of
/// bytes, 0 at the end.
///
/// At most `limit` bytes; `operation` names it in errors.
package func readSome(
    from descriptor: Int32,
    into chunk: inout [UInt8],
    limit: Int = .max,
    _ operation: String = "read"
) throws(SystemError) -> Int {
    let count = unsafe chunk.withUnsafeMutableBytes { buffer in
        unsafe readRestarting(
            descriptor,
            UnsafeMutableRawBufferPointer(rebasing: buffer[..<min(max(limit, 0), buffer.count)])
        )
    }
    guard count >= 0 else { throw .last(operation) }
    return count
}

/// Reads until `buffer` is full or the end is reached; returns the number of bytes.
///
/// `operation` names it in errors.
@unsafe package func readFully(
    from descriptor: Int32,
    into buffer: UnsafeMutableRawBufferPointer,
    _ operation: String = "read"
) throws(SystemError) -> Int {
    var filled = 0
    while filled < buffer.count {
        let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        let count = unsafe readRestarting(descriptor, rest)
        guard count >= 0 else { throw .last(operation) }
        guard count > 0 else { break }
        filled += count
    }
    return filled
}

/// The bytes of a descriptor up to its end, but at most `limit`: a caller that gets that many
/// cannot tell whether there are more.
package func readAll(
    from descriptor: Int32,
    limit: Int,
    _ operation: String = "read"
) throws(SystemError) -> [UInt8] {
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < limit {
        let count = try readSome(
            from: descriptor,
            into: &chunk,
            limit: limit - bytes.count,
            operation
        )
        guard count > 0 else { break }
        bytes.append(contentsOf: chunk[..<count])
    }
    return bytes
}

/// read(2), restarted if a signal interrupts it.
private func readRestarting(
    _ descriptor: Int32,
    _ buffer: UnsafeMutableRawBufferPointer
) -> Int {
    while true {
        let count = unsafe read(descriptor, buffer.baseAddress, buffer.count)
        if count >= 0 || errno != EINTR { return count }
    }
}

/// A descriptor of a file in memory from which the bytes can be read, so that neither side waits
/// for the other.
///
/// The corresponding C function is `memfd_create`. The caller closes it.
package func memoryFile(
    of bytes: [UInt8],
    _ operation: String
) throws(SystemError) -> Int32 {
    let descriptor = unsafe memfd_create(operation, 0)
    guard descriptor >= 0 else { throw .last(operation) }
    do throws(SystemError) {
        try writeAll(bytes, to: descriptor, operation)
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .last(operation) }
    } catch {
        close(descriptor)
        throw error
    }
    return descriptor
}
