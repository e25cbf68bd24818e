import Foundation
import Glibc
import Synchronization

/// A server that answers according to a script, with one thread per connection.
package final class ScriptedServer: Sendable {
    package struct Request: Sendable {
        /// The number of the request on its connection.
        package var number: Int
        package var method = "HEAD"
        package var path: String
        /// The header fields, by their names in lower case.
        package var fields: [String: String] = [:]
        /// The path of the first request of the connection.
        package var firstPath: String
        /// The number of the connection among the pipelined ones, which are those whose first
        /// request asks for keep-alive; nil for others.
        package var pipeline: Int?
    }

    /// What is sent in reply to a request.
    package struct Reply: Sendable {
        package var bytes: [UInt8]
        /// Whether the connection is closed after the bytes.
        package var closes = false
        /// What is sent after the bytes again and again, until the client closes.
        package var endless: [UInt8] = []
        /// The time between any two of those.
        package var pause: Duration = .zero

        package init(
            bytes: [UInt8],
            closes: Bool = false,
            endless: [UInt8] = [],
            pause: Duration = .zero
        ) {
            self.bytes = bytes
            self.closes = closes
            self.endless = endless
            self.pause = pause
        }
    }

    package typealias Script = @Sendable (Request) -> Reply

    package let baseURL: String
    private let server: LoopbackServer
    private let visits: Visits

    /// Listens on a free port of `address`, the last three bytes of a loopback address.
    ///
    /// With `prefersPipelines`, only one file is named before the first pipelined question, so that
    /// not all files are asked for one by one before it.
    package init(
        address: UInt32 = 1,
        prefersPipelines: Bool = false,
        _ script: @escaping Script
    ) throws {
        let visits = Visits(prefersPipelines: prefersPipelines, script: script)
        self.visits = visits
        server = try LoopbackServer(address: address) { visits.serve($0) }
        let bytes = [24, 16, 8, 0].map { "\((0x7F00_0000 | address) >> $0 & 0xFF)" }
        baseURL = "http://\(bytes.joined(separator: ".")):\(server.port)/"
    }

    package var requestCount: Int { visits.counts.withLock { $0.requests } }
    /// The number of replies that closed their connection.
    package var closedCount: Int { visits.counts.withLock { $0.closed } }
    package var sentByteCount: Int { visits.counts.withLock { $0.sentBytes } }

    /// Accepts no more connections.
    package func stop() { server.stop() }
}

/// Answers on the connections of one server, and counts.
private final class Visits: Sendable {
    struct Counts {
        var requests = 0
        var pipelines = 0
        var closed = 0
        var sentBytes = 0
        var lonely = 0
        var isStreaming = false
    }

    let prefersPipelines: Bool
    let script: ScriptedServer.Script
    let counts = Mutex(Counts())

    init(prefersPipelines: Bool, script: @escaping ScriptedServer.Script) {
        self.prefersPipelines = prefersPipelines
        self.script = script
    }

    func serve(_ socket: Int32) {
        var text: [UInt8] = []
        var first: ScriptedServer.Request?
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
                    ?? ScriptedServer.Request(
                        number: 0,
                        path: path,
                        firstPath: path,
                        pipeline: head.contains("Connection: keep-alive") ? nextPipeline() : nil
                    )
                first = request
                request.method = words.first.map(String.init) ?? ""
                request.fields = Self.fields(of: head)
                request.path = path
                request.number = requestCount
                if prefersPipelines, path.hasPrefix("/f") { hold(request) }
                let reply = script(request)
                requestCount += 1
                counts.withLock { $0.requests += 1 }
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

    private static func fields(of head: String) -> [String: String] {
        var fields: [String: String] = [:]
        for line in head.split(whereSeparator: \.isNewline).dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        return fields
    }

    /// Five requests prove that a server pipelines; what follows them are questions.
    private func hold(_ request: ScriptedServer.Request) {
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
        let isSent = sendAll(bytes, to: socket)
        if isSent { counts.withLock { $0.sentBytes += bytes.count } }
        return isSent
    }

    private func nextPipeline() -> Int {
        counts.withLock { counts in
            counts.pipelines += 1
            return counts.pipelines - 1
        }
    }
}
