import Bytes
import Glibc
import JSON
import Linux

/// AWS Lambda's Runtime API, from which a function gets events and to which it reports results.
///
/// It is plain HTTP/1.1 on the sandbox's loopback (AWS Lambda Developer Guide, "Custom runtimes").
/// Each call uses a new connection, because the sandbox may be frozen for hours between calls.
package struct RuntimeAPI: Sendable {
    /// An event with Lambda's metadata.
    package struct Invocation: Sendable {
        package let id: String
        /// When Lambda ends the sandbox if there is no result, in milliseconds since 1970.
        package let deadline: Int64
        /// The X-Ray trace, which links the log lines of one event.
        package let trace: String?
        package let event: [UInt8]
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// The maximum size of an answer: Lambda's own limit for events and results, plus room for the
    /// head.
    private static let limit = (6 << 20) + 65_536
    private static let folder = "/2018-06-01/runtime"

    private let host: String
    private let port: UInt16

    /// Nil if `AWS_LAMBDA_RUNTIME_API` is not set, that is, outside Lambda.
    package init?(_ environment: Environment) throws(FunctionError) {
        guard let address = environment["AWS_LAMBDA_RUNTIME_API"] else { return nil }
        let parts = address.split(separator: ":")
        guard parts.count == 2, let port = UInt16(parts[1]) else {
            throw .badRequest(
                "AWS_LAMBDA_RUNTIME_API: expected 127.0.0.1:9001 or the like, found \"\(address)\""
            )
        }
        host = parts[0] == "localhost" ? "127.0.0.1" : String(parts[0])
        self.port = port
    }

    /// The next event; may wait for any length of time.
    package func next() throws(Failure) -> Invocation {
        let answer = try call("GET", "/invocation/next")
        guard answer.status == 200, let id = answer.fields["lambda-runtime-aws-request-id"] else {
            throw Failure(description: "the Runtime API sent no event: status \(answer.status)")
        }
        return Invocation(
            id: id,
            deadline: answer.fields["lambda-runtime-deadline-ms"].flatMap { Int64($0) } ?? .max,
            trace: answer.fields["lambda-runtime-trace-id"],
            event: answer.body
        )
    }

    /// Reports the result of an event.
    ///
    /// A result that Lambda rejects, usually for its size, becomes the event's error.
    package func respond(to invocation: Invocation, _ result: [UInt8]) throws(Failure) {
        let answer = try call("POST", "/invocation/\(invocation.id)/response", body: result)
        guard answer.status != 202 else { return }
        let reason = "Lambda refuses the result of \(result.count) bytes: status \(answer.status)"
        Log.error(reason)
        try fail(invocation, type: "Result.Refused", reason)
    }

    /// Reports that an event failed; `type` is `Category.Reason`.
    package func fail(
        _ invocation: Invocation,
        type: String,
        _ message: String
    ) throws(Failure) {
        try report("/invocation/\(invocation.id)/error", type, message)
    }

    /// Reports that the function cannot start.
    package func failStart(type: String, _ message: String) throws(Failure) {
        try report("/init/error", type, message)
    }

    private func report(_ path: String, _ type: String, _ message: String) throws(Failure) {
        let body: JSONValue = [
            "errorMessage": .string(message), "errorType": .string(type), "stackTrace": [],
        ]
        let answer = try call("POST", path, type: type, body: body.serialized())
        guard (200..<300).contains(answer.status) else {
            throw Failure(description: "the Runtime API rejected an error: status \(answer.status)")
        }
    }
}

// MARK: - HTTP

extension RuntimeAPI {
    private struct Answer {
        var status = 0
        /// By name in lower case.
        var fields: [String: String] = [:]
        var body: [UInt8] = []
    }

    private func call(
        _ method: String,
        _ path: String,
        type: String? = nil,
        body: [UInt8]? = nil
    ) throws(Failure) -> Answer {
        do throws(SystemError) {
            let connection = try connect()
            defer { close(connection) }
            var head = "\(method) \(Self.folder)\(path) HTTP/1.1\r\nHost: \(host):\(port)\r\n"
            head += "Connection: close\r\n"
            if let type { head += "Lambda-Runtime-Function-Error-Type: \(type)\r\n" }
            if let body {
                head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n"
            }
            try writeAll(
                Array("\(head)\r\n".utf8) + (body ?? []),
                to: connection,
                "ask the Runtime API"
            )
            let bytes = try readAll(
                from: connection,
                limit: Self.limit,
                "read from the Runtime API"
            )
            guard let answer = Self.answer(in: bytes) else {
                throw SystemError("read from the Runtime API", reason: "it is not an HTTP answer")
            }
            return answer
        } catch {
            throw Failure(description: "\(error)")
        }
    }

    private func connect() throws(SystemError) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        guard unsafe inet_pton(AF_INET, host, &address.sin_addr) == 1 else {
            throw SystemError("reach the Runtime API", reason: "\(host) is not an IPv4 address")
        }
        let connection = socket(AF_INET, SocketKind.stream, 0)
        guard connection >= 0 else { throw .last("reach the Runtime API") }
        let code = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else {
            let error = SystemError.last("reach the Runtime API at \(host):\(port)")
            close(connection)
            throw error
        }
        return connection
    }

    /// Parses an answer that extends to the end of the connection; nil if it is malformed or
    /// incomplete.
    private static func answer(in bytes: [UInt8]) -> Answer? {
        guard let (head, rest) = bytes.splitAtEmptyLine() else { return nil }
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n")
        var answer = Answer()
        let words = lines.first?.split(separator: " ") ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return nil
        }
        answer.status = status
        for line in lines.dropFirst() {
            let pair = line.split(separator: ":", maxSplits: 1)
            guard pair.count == 2 else { continue }
            answer.fields[pair[0].lowercased()] = String(pair[1].drop { $0 == " " })
        }
        if answer.fields["transfer-encoding"]?.lowercased() == "chunked" {
            guard let body = joined(chunks: rest) else { return nil }
            answer.body = body
        } else if let length = answer.fields["content-length"] {
            guard let count = Int(length), count <= rest.count, count >= 0 else { return nil }
            answer.body = Array(rest.prefix(count))
        } else {
            answer.body = Array(rest)
        }
        return answer
    }

    /// Decodes a chunked body (RFC 9112, section 7.1); nil if its end is missing.
    private static func joined(chunks: ArraySlice<UInt8>) -> [UInt8]? {
        var rest = chunks
        var body: [UInt8] = []
        while let end = rest.firstIndex(of: 0x0A) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            let digits = line.prefix { $0.isHexDigit }
            guard let count = Int(digits, radix: 16), count >= 0 else { return nil }
            rest = rest[(end + 1)...]
            if count == 0 { return body }
            guard count <= rest.count - 2 else { return nil }
            body += rest.prefix(count)
            rest = rest.dropFirst(count + 2)
        }
        return nil
    }
}
