import Glibc

/// A request of ``HTTPConnection``.
package struct HTTPRequest: Sendable {
    package var method: String
    /// The request target, which is sent unchanged.
    package var target: String
    package var headers: [String: String]
    /// Its length is added to the headers unless it is empty.
    package var body: [UInt8]

    package init(
        _ method: String = "HEAD",
        _ target: String,
        headers: [String: String] = [:],
        body: [UInt8] = []
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }
}

/// An answer to an ``HTTPRequest``.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// In the order in which they were sent, with names in lower case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The value of the first header `name`, which is given in lower case.
    package subscript(name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}

/// An answer that is not HTTP, or no answer.
package enum HTTPConnectionError: Error, Equatable {
    case closedEarly
    case malformed(String)
}

/// A persistent connection to a port of this machine: HTTP/1.1 over a blocking socket, written for
/// tests and independent of the product.
///
/// It supports what the servers under test send: bodies with a `Content-Length`. If a server closes
/// the connection between two answers, it reconnects.
package final class HTTPConnection {
    private let port: Int
    private let host: String
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []
    private var start = 0

    /// `host` is an address of 127.0.0.0/8.
    package init(host: String = "127.0.0.1", port: Int) {
        self.host = host
        self.port = port
    }

    deinit {
        disconnect()
    }

    /// Sends one request and waits for its answer, at most 30 seconds.
    package func response(to request: HTTPRequest) throws -> HTTPResponse {
        guard let response = try responses(to: [request]).first else {
            throw HTTPConnectionError.closedEarly
        }
        return response
    }

    /// Sends `requests`, `depth` of them at a time without waiting for answers, and returns the
    /// answers in order.
    package func responses(
        to requests: [HTTPRequest],
        depth: Int = 32
    ) throws -> [HTTPResponse] {
        var responses: [HTTPResponse] = []
        var attemptsWithoutAnswer = 0
        while responses.count < requests.count {
            let before = responses.count
            let window = requests[before..<min(before + depth, requests.count)]
            do {
                try connect()
                try write(window)
                for request in window {
                    let response = try readResponse(to: request)
                    responses.append(response)
                    if response["connection"]?.lowercased() == "close" {
                        disconnect()
                        break
                    }
                }
            } catch HTTPConnectionError.closedEarly {
                disconnect()
            }
            attemptsWithoutAnswer = responses.count == before ? attemptsWithoutAnswer + 1 : 0
            guard attemptsWithoutAnswer < 2 else { throw HTTPConnectionError.closedEarly }
        }
        return responses
    }

    package func disconnect() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        buffer = []
        start = 0
    }
}

extension HTTPConnection {
    /// Connects unless connected.
    package func connect() throws {
        guard descriptor < 0 else { return }
        descriptor = try connectedSocket(to: port, at: host, patience: 30)
    }

    private func write(_ requests: ArraySlice<HTTPRequest>) throws {
        var bytes: [UInt8] = []
        for request in requests {
            var head = "\(request.method) \(request.target) HTTP/1.1\r\nHost: \(host):\(port)\r\n"
            for (name, value) in request.headers { head += "\(name): \(value)\r\n" }
            if !request.body.isEmpty { head += "Content-Length: \(request.body.count)\r\n" }
            bytes += Array((head + "\r\n").utf8) + request.body
        }
        guard sendAll(bytes, to: descriptor) else { throw HTTPConnectionError.closedEarly }
    }

    private func readResponse(to request: HTTPRequest) throws -> HTTPResponse {
        let statusLine = try readLine()
        let words = statusLine.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw HTTPConnectionError.malformed(statusLine)
        }
        var headers: [(name: String, value: String)] = []
        while case let line = try readLine(), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":") else {
                throw HTTPConnectionError.malformed(line)
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append((line[..<colon].lowercased(), String(value)))
        }
        let head = HTTPResponse(status: status, headers: headers, body: [])
        guard request.method != "HEAD", status != 204, status != 304 else { return head }
        guard head["transfer-encoding"] == nil,
            let length = head["content-length"].flatMap(Int.init)
        else { throw HTTPConnectionError.malformed("a body without Content-Length") }
        return HTTPResponse(status: status, headers: headers, body: try readBytes(length))
    }

    /// The next line, without its CR LF.
    private func readLine() throws -> String {
        var searched = start
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                guard end > start, buffer[end - 1] == UInt8(ascii: "\r") else {
                    throw HTTPConnectionError.malformed("a line without CR LF")
                }
                let line = String(decoding: buffer[start..<(end - 1)], as: UTF8.self)
                start = end + 1
                return line
            }
            searched = buffer.count
            let dropped = start
            try receive()
            searched -= dropped
        }
    }

    private func readBytes(_ count: Int) throws -> [UInt8] {
        while buffer.count - start < count { try receive() }
        defer { start += count }
        return Array(buffer[start..<(start + count)])
    }

    /// Appends the bytes that arrive next to the buffer, and drops those that were read.
    private func receive() throws {
        buffer.removeSubrange(..<start)
        start = 0
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let capacity = chunk.count
        let count = unsafe chunk.withUnsafeMutableBytes { bytes in
            unsafe recv(descriptor, bytes.baseAddress, capacity, 0)
        }
        if count < 0, errno == EAGAIN { throw SystemError("hear from \(host):\(port)") }
        guard count > 0 else { throw HTTPConnectionError.closedEarly }
        buffer.append(contentsOf: chunk[..<count])
    }
}
