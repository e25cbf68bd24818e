import Foundation

/// A web server whose answers a test writes byte for byte, for answers that no real server gives.
///
/// One request is answered on each connection, which is then closed.
package final class ScriptedWebServer: Sendable {
    /// A request as it was received.
    package struct Request: Sendable {
        package let method: String
        package let target: String
        /// Names in lower case.
        package let headers: [String: String]
        package let body: [UInt8]
    }

    package var port: Int { server.port }
    private let server: LoopbackServer

    /// `answer` returns the whole answer, head and body; `number` counts the requests from 0.
    package init(
        _ answer: @escaping @Sendable (_ request: Request, _ number: Int) -> String
    ) throws {
        let counter = RequestCounter()
        server = try LoopbackServer { connection in
            guard let request = Self.request(on: connection) else { return }
            _ = sendAll(Array(answer(request, counter.next()).utf8), to: connection)
        }
    }

    /// An answer with its length.
    package static func answer(
        _ status: String,
        _ headers: [String] = [],
        body: String = ""
    ) -> String {
        let first = [
            "HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close",
        ]
        return (first + headers).joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    private static func request(on connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var headLength: Int?
        var bodyLength = 0
        var headers: [String: String] = [:]
        var line: [Substring] = []
        while true {
            if headLength == nil, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                headLength = end.upperBound
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                    .split(separator: "\r\n")
                line = lines.first?.split(separator: " ") ?? []
                for field in lines.dropFirst() {
                    let parts = field.split(separator: ":", maxSplits: 1)
                    guard parts.count == 2 else { continue }
                    headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
                }
                bodyLength = headers["content-length"].flatMap { Int($0) } ?? 0
                if headers["expect"]?.lowercased() == "100-continue" {
                    _ = sendAll(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8), to: connection)
                }
            }
            if let headLength, bytes.count >= headLength + bodyLength { break }
            var chunk = [UInt8](repeating: 0, count: 65_536)
            let count = unsafe recv(connection, &chunk, chunk.count, 0)
            guard count > 0 else { return nil }
            bytes += chunk.prefix(count)
        }
        guard let headLength, line.count == 3 else { return nil }
        return Request(
            method: String(line[0]),
            target: String(line[1]),
            headers: headers,
            body: Array(bytes[headLength...])
        )
    }
}

private final class RequestCounter: @unchecked Sendable {
    private let lock = NSLock()
    private var count = 0

    func next() -> Int {
        lock.withLock {
            defer { count += 1 }
            return count
        }
    }
}
