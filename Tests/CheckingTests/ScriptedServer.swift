import Foundation
import Glibc
import Synchronization
import TestSupport

/// A server that answers as a script says, one thread per connection.
final class ScriptedServer: Sendable {
    struct Request: Sendable {
        /// The number of the request on its connection.
        var number: Int
        var path: String
        /// The path of the first request of the connection.
        var firstPath: String
        /// The number of the connection among those that are pipelined, which their first request
        /// tells by asking for keep-alive; nil for others.
        var pipeline: Int?
    }

    /// What is sent for a request.
    struct Reply: Sendable {
        var bytes: [UInt8]
        /// The connection is closed behind the bytes.
        var closes = false
        /// What is sent behind the bytes again and again, until the client closes.
        var endless: [UInt8] = []
        /// The time between any two of those.
        var pause: Duration = .zero
    }

    typealias Script = @Sendable (Request) -> Reply

    let baseURL: String
    private let listener: Int32
    private let prefersPipelines: Bool
    private let counts = Mutex(Counts())

    private struct Counts {
        var pipelines = 0
        var closed = 0
        var sentBytes = 0
        var lonely = 0
        var isStreaming = false
    }

    /// Listens on a free port of `address`, the last three bytes of one of loopback.
    ///
    /// With `prefersPipelines`, only one file is told of before the first question comes through a
    /// pipeline, so that not all are asked one by one before.
    init(
        address: UInt32 = 1,
        prefersPipelines: Bool = false,
        _ script: @escaping Script
    ) throws {
        self.prefersPipelines = prefersPipelines
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = (0x7F00_0000 | address).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &name) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(listener, pointer, length) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard isBound, listen(listener, 64) == 0 else { throw SystemError("listen") }
        let bytes = [24, 16, 8, 0].map { "\((0x7F00_0000 | address) >> $0 & 0xFF)" }
        baseURL = "http://\(bytes.joined(separator: ".")):\(UInt16(bigEndian: name.sin_port))/"
        Thread.detachNewThread { [self] in
            while true {
                let socket = accept(listener, nil, nil)
                guard socket >= 0 else { return }
                Thread.detachNewThread { [self] in serve(socket, script) }
            }
        }
    }

    /// How many replies closed their connection.
    var closedCount: Int { counts.withLock { $0.closed } }
    var sentByteCount: Int { counts.withLock { $0.sentBytes } }

    /// Lets no more connections in.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private func serve(_ socket: Int32, _ script: Script) {
        defer { close(socket) }
        var text: [UInt8] = []
        var first: Request?
        var requestCount = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe recv(socket, &chunk, chunk.count, 0)
            guard count > 0 else { return }
            text.append(contentsOf: chunk.prefix(count))
            while let end = text.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: text[..<end.lowerBound], as: UTF8.self)
                text.removeSubrange(..<end.upperBound)
                let words = head.split(separator: " ")
                let path = words.count > 1 ? String(words[1]) : ""
                var request =
                    first
                    ?? Request(
                        number: 0,
                        path: path,
                        firstPath: path,
                        pipeline: head.contains("Connection: keep-alive") ? nextPipeline() : nil
                    )
                first = request
                request.path = path
                request.number = requestCount
                if prefersPipelines, path.hasPrefix("/f") { hold(request) }
                let reply = script(request)
                requestCount += 1
                guard send(reply.bytes, to: socket) else { return }
                while !reply.endless.isEmpty {
                    guard send(reply.endless, to: socket) else { return }
                    let (seconds, attoseconds) = reply.pause.components
                    usleep(UInt32(seconds * 1_000_000 + attoseconds / 1_000_000_000_000))
                }
                if reply.closes {
                    counts.withLock { $0.closed += 1 }
                    return
                }
            }
        }
    }

    /// Five requests prove that a server pipelines; what comes behind them is a question.
    private func hold(_ request: Request) {
        let mayPass = counts.withLock { counts in
            if request.pipeline == nil { counts.lonely += 1 }
            if request.pipeline != nil, request.number >= 5 { counts.isStreaming = true }
            return request.pipeline != nil || counts.lonely == 1
        }
        if !mayPass {
            _ = eventually(within: 15, every: 0.001) { counts.withLock { $0.isStreaming } }
        }
    }

    private func send(_ bytes: [UInt8], to socket: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let rest = Array(bytes[sent...])
            let part = unsafe Glibc.send(socket, rest, rest.count, Int32(MSG_NOSIGNAL))
            guard part > 0 else { return false }
            sent += part
            counts.withLock { $0.sentBytes += part }
        }
        return true
    }

    private func nextPipeline() -> Int {
        counts.withLock { counts in
            counts.pipelines += 1
            return counts.pipelines - 1
        }
    }
}
