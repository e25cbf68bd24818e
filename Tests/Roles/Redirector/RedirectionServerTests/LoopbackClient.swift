import Glibc
import TestSupport

/// A client on loopback that writes and reads raw bytes.
final class LoopbackClient {
    private let descriptor: Int32
    private var received: [UInt8] = []

    /// The connection ended before the answer did.
    struct EndOfStream: Error {}

    init(port: Int) throws {
        descriptor = try connectedSocket(to: port, patience: 30)
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) throws {
        guard sendAll(Array(text.utf8), to: descriptor) else { throw SystemError("send") }
    }

    /// Sends as much of `bytes` as is taken within a second, and returns the number of bytes sent.
    func sendSome(_ bytes: [UInt8]) -> Int {
        var isWritable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&isWritable, 1, 1_000) == 1 else { return 0 }
        return sendAtOnce(bytes)
    }

    /// Sends as much of `bytes` as is taken immediately, and returns the number of bytes sent.
    func sendAtOnce(_ bytes: [UInt8]) -> Int {
        let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
        return unsafe bytes.withUnsafeBytes { buffer in
            max(unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags), 0)
        }
    }

    func closeSendingHalf() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// Whether data has arrived that was not received yet.
    var hasAnswer: Bool {
        var isReadable = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&isReadable, 1, 0) > 0
    }

    /// Receives at most `limit` bytes; false at the end of the stream.
    private func receive(_ limit: Int = 65_536) throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: limit)
        let count = unsafe chunk.withUnsafeMutableBytes { buffer in
            unsafe recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        guard count >= 0 else { throw SystemError("receive") }
        received += chunk.prefix(count)
        return count > 0
    }

    /// The next answer, with its body only if `hasBody`.
    func answer(hasBody: Bool = true) throws -> (head: String, body: String) {
        let ending = Array("\r\n\r\n".utf8)
        var end = received.firstRange(of: ending)
        while end == nil {
            guard try receive() else { throw EndOfStream() }
            end = received.firstRange(of: ending)
        }
        let bodyStart = end?.upperBound ?? 0
        let head = String(decoding: received[..<(bodyStart - 4)], as: UTF8.self)
        let length = head.split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let count = hasBody ? length.flatMap { Int($0.dropFirst(16)) } ?? 0 : 0
        while received.count < bodyStart + count {
            guard try receive() else { throw EndOfStream() }
        }
        let body = String(decoding: received[bodyStart..<bodyStart + count], as: UTF8.self)
        received.removeFirst(bodyStart + count)
        return (head, body)
    }

    /// Everything up to the end of the stream.
    func rest() throws -> String {
        while try receive() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    /// Sends one request for `path` and returns the answer's head.
    func get(_ path: String) throws -> String {
        try send("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n")
        return try answer().head
    }
}
