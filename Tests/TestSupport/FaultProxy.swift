import Foundation
import Glibc
import Synchronization

/// A proxy in front of an HTTP server on loopback that makes networks and servers fail on demand.
///
/// It receives a complete request, forwards it, receives the complete answer, and applies the fault
/// to it. So a request has been carried out even if its answer is lost, which is the hardest case
/// for a writer.
package final class FaultProxy: Sendable {
    package enum Fault: Hashable, Sendable, CaseIterable {
        /// Nothing listens.
        case refused
        /// Connections are accepted, but no answer is sent.
        case blackHoled
        /// The connection is reset in the middle of the answer.
        case reset
        /// The connection is closed properly, but in the middle of the body.
        case truncatedBody
        case internalError
        /// 503 SlowDown with a `Retry-After` of a second.
        case slowDown
        case forbidden
        case clockSkew
        case noBucket
        /// Twenty bytes a second.
        case slowDrip
        /// One bit of the body is flipped.
        case bitFlip
        /// Reads are answered like the first read of the same URL.
        case staleRead
    }

    package let port: Int
    private let target: Int
    private let state: Mutex<State>

    private struct State {
        /// Always bound to the port, so that no other process takes it while connections are
        /// refused.
        let listener: Int32
        var isListening = false
        var connections: Set<Int32> = []
        var fault: Fault?
        var passesLeft = 0
        var faultsLeft = 0
        var isStopped = false
        var requestCount = 0
        var connectionCount = 0
        var latestHead = ""
        var firstAnswers: [String: [UInt8]] = [:]

        /// Makes connections be refused, and keeps the port.
        mutating func stopListening() {
            if isListening { shutdown(listener, Int32(SHUT_RDWR)) }
            isListening = false
        }

        /// The fault for the request that has just arrived.
        mutating func nextFault() -> Fault? {
            requestCount += 1
            guard let fault, faultsLeft > 0 else { return nil }
            guard passesLeft == 0 else {
                passesLeft -= 1
                return nil
            }
            faultsLeft -= 1
            if fault == .refused { stopListening() }
            return fault
        }
    }

    package init(to target: Int) throws {
        self.target = target
        let listener = try Self.boundSocket()
        port = listener.port
        state = Mutex(State(listener: listener.descriptor))
        try listen()
        let thread = Thread { [self] in accept() }
        thread.start()
    }

    /// The number of requests so far.
    package var requestCount: Int { state.withLock { $0.requestCount } }

    /// The head of the latest request, unchanged.
    package var latestHead: String { state.withLock { $0.latestHead } }

    /// The number of connections so far.
    package var connectionCount: Int { state.withLock { $0.connectionCount } }

    /// Makes `count` requests fail, by default all, after `passes` requests that succeed; nil ends
    /// this.
    package func inject(_ fault: Fault?, after passes: Int = 0, count: Int = .max) throws {
        let isListening = state.withLock { state in
            state.fault = fault
            state.passesLeft = passes
            state.faultsLeft = count
            // Connections in a black hole must not stay open.
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
            if fault == .refused, passes == 0 { state.stopListening() }
            return state.isListening
        }
        if !isListening, fault != .refused || passes > 0 { try listen() }
    }

    /// Ends the proxy and all its connections.
    package func stop() {
        state.withLock { state in
            state.isStopped = true
            for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
            // The accepting thread closes the socket: its number may immediately be reused by
            // another proxy.
            state.stopListening()
        }
    }
}

extension FaultProxy {
    /// A socket that is bound to its own port.
    ///
    /// Without SO_REUSEADDR nobody else has the port, and because it was named and not chosen by
    /// the kernel, the socket stays bound when it stops listening. Listening again besides
    /// connections that still exist requires SO_REUSEADDR.
    private static func boundSocket() throws -> (descriptor: Int32, port: Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | closedOnExec, 0)
        guard descriptor >= 0 else { throw SystemError("make a socket") }
        for _ in 0..<100 {
            let port = try freePort()
            var address = loopback(port: port)
            let isBound = unsafe withUnsafePointer(to: &address) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
                }
            }
            if isBound {
                var yes: Int32 = 1
                unsafe setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, 4)
                return (descriptor, port)
            }
            guard errno == EADDRINUSE else { break }
        }
        let error = SystemError("bind to a free port")
        close(descriptor)
        throw error
    }

    private func listen() throws {
        try state.withLock { state in
            guard !state.isStopped, Glibc.listen(state.listener, 64) == 0 else {
                throw SystemError("listen on port \(port)")
            }
            state.isListening = true
        }
    }

    /// Accepts connections until the proxy is stopped, each on its own thread.
    private func accept() {
        while true {
            let (listener, isListening, isStopped) = state.withLock { state in
                (state.listener, state.isListening, state.isStopped)
            }
            if isStopped {
                close(listener)
                return
            }
            var event = pollfd(fd: isListening ? listener : -1, events: Int16(POLLIN), revents: 0)
            // poll ignores a descriptor of -1, and then only waits.
            guard unsafe poll(&event, 1, 20) == 1, event.revents & Int16(POLLIN) != 0 else {
                continue
            }
            let connection = acceptedConnection(on: listener)
            guard connection >= 0 else { continue }
            state.withLock { state in
                state.connections.insert(connection)
                state.connectionCount += 1
            }
            let thread = Thread { [self] in
                serve(connection)
                // The number may belong to another connection as soon as it is closed.
                state.withLock { state in
                    state.connections.remove(connection)
                    close(connection)
                }
            }
            thread.start()
        }
    }

    private func serve(_ connection: Int32) {
        let client = HTTPStream(connection)
        while let request = client.readMessage(isHead: { _ in false }) {
            let headLength = HTTPStream.headerLength(of: request) ?? request.count
            let fault = state.withLock { state in
                state.latestHead = String(decoding: request[..<headLength], as: UTF8.self)
                return state.nextFault()
            }
            guard answer(request, on: connection, fault) else { return }
        }
    }

    /// Answers one request; false if the connection should be closed.
    private func answer(_ request: [UInt8], on connection: Int32, _ fault: Fault?) -> Bool {
        switch fault {
        case .refused: return false
        case .blackHoled:
            var byte: UInt8 = 0
            // Until the client gives up.
            return unsafe recv(connection, &byte, 1, 0) > 0
        case .internalError: return sendAll(.error(500, "InternalError"), to: connection)
        case .slowDown:
            return sendAll(.error(503, "SlowDown", "Retry-After: 1\r\n"), to: connection)
        case .forbidden: return sendAll(.error(403, "AccessDenied"), to: connection)
        case .clockSkew: return sendAll(.error(403, "RequestTimeTooSkewed"), to: connection)
        case .noBucket: return sendAll(.error(404, "NoSuchBucket"), to: connection)
        default: break
        }
        guard var response = forward(request) else { return false }
        let bodyStart = HTTPStream.headerLength(of: response) ?? response.count
        switch fault {
        case .reset:
            sendAll(Array(response.prefix(20)), to: connection)
            resetOnClose(connection)
            return false
        case .truncatedBody:
            let end = bodyStart + (response.count - bodyStart) / 2
            sendAll(Array(response[..<end]), to: connection)
            return false
        case .slowDrip:
            for byte in response {
                guard sendAll([byte], to: connection) else { return false }
                usleep(50_000)
            }
            return true
        case .bitFlip:
            if bodyStart < response.count {
                response[bodyStart + (response.count - bodyStart) / 2] ^= 0x10
            }
        case .staleRead:
            let text = String(decoding: request.prefix { $0 != 13 }, as: UTF8.self)
            if text.hasPrefix("GET ") {
                response = state.withLock { $0.firstAnswers[text] } ?? response
            }
        default: break
        }
        remember(request, response)
        return sendAll(response, to: connection)
    }

    private func remember(_ request: [UInt8], _ response: [UInt8]) {
        let line = String(decoding: request.prefix { $0 != 13 }, as: UTF8.self)
        guard line.hasPrefix("GET ") else { return }
        state.withLock { state in
            if state.firstAnswers[line] == nil { state.firstAnswers[line] = response }
        }
    }

    /// Sends the request to the server behind and returns its complete answer.
    private func forward(_ request: [UInt8]) -> [UInt8]? {
        guard let descriptor = try? connectedSocket(to: target) else { return nil }
        defer { close(descriptor) }
        guard sendAll(request, to: descriptor) else { return nil }
        let isHead = request.starts(with: Array("HEAD ".utf8))
        return HTTPStream(descriptor).readMessage { status in
            isHead || status == 204 || status == 304
        }
    }
}

extension [UInt8] {
    /// An answer like those of failing S3 servers.
    fileprivate static func error(_ status: Int, _ code: String, _ headers: String = "") -> [UInt8]
    {
        let body = "<Error><Code>\(code)</Code><Message>by the fault proxy</Message></Error>"
        return Array(
            """
            HTTP/1.1 \(status) \(code)\r
            Date: Sun, 22 Nov 2026 12:00:00 GMT\r
            Content-Length: \(body.utf8.count)\r
            \(headers)\r
            \(body)
            """.utf8
        )
    }
}

/// Reads HTTP messages with a `Content-Length` from a socket, keeping their exact bytes.
private final class HTTPStream {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// The next message, or nil if the connection ends before it is complete.
    ///
    /// `isHead` decides by the status of an answer whether it has no body, whatever its header
    /// says.
    func readMessage(isHead: (Int?) -> Bool) -> [UInt8]? {
        while Self.headerLength(of: buffer) == nil {
            guard receive() else { return nil }
        }
        guard let headerLength = Self.headerLength(of: buffer) else { return nil }
        let lines = String(decoding: buffer[..<headerLength], as: UTF8.self)
            .split(separator: "\r\n")
        let status = lines.first.flatMap { Int($0.split(separator: " ")[1]) }
        let bodyLength =
            isHead(status)
            ? 0
            : lines.lazy.filter { $0.lowercased().hasPrefix("content-length:") }
                .compactMap { Int($0.split(separator: ":")[1].drop { $0 == " " }) }.first ?? 0
        while buffer.count < headerLength + bodyLength {
            guard receive() else { return nil }
        }
        defer { buffer.removeFirst(headerLength + bodyLength) }
        return Array(buffer[..<(headerLength + bodyLength)])
    }

    /// The length of the header including the empty line; nil if it is incomplete.
    static func headerLength(of bytes: [UInt8]) -> Int? {
        let end = Array("\r\n\r\n".utf8)
        guard bytes.count >= end.count else { return nil }
        return (0...(bytes.count - end.count)).first { bytes[$0...].starts(with: end) }
            .map { $0 + end.count }
    }

    private func receive() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe chunk.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
        }
        guard count > 0 else { return false }
        buffer.append(contentsOf: chunk[..<count])
        return true
    }
}
