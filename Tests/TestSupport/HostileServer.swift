import Foundation

/// A web server that intentionally does something wrong, in a way that real servers do or might.
///
/// Its files are those of ``presentCount`` and ``missingCount``; if it answers correctly, then by
/// ``right(_:)``.
package struct HostileServer: Sendable {
    /// The expected outcome of checking a hostile server.
    package enum Outcome: Equatable, Sendable {
        /// Every file gets the right verdict, some of them by single requests.
        case right
        /// No file counts as present, or as anything that it is not.
        case nothing
        /// No file counts as present, and the host is not asked further: a reason with this text.
        case left(String)
    }

    package var name: String
    package var outcome: Outcome
    /// Nil if it is irrelevant whether the host is known as one that does not pipeline.
    package var hasProblem: Bool?
    /// Whether requests must have been pipelined before it misbehaves.
    package var needsStream = false
    package var script: ScriptedServer.Script

    /// Files `f…` exist, their length being their number plus one; files `m…` are missing.
    package static let presentCount = 40
    package static let missingCount = 8

    /// The right answer.
    package static func head(
        _ path: String,
        version: String = "1.1",
        fields: String = ""
    ) -> String {
        guard let number = Int(path.dropFirst(2)), path.hasPrefix("/f") else {
            return "HTTP/\(version) 404 Not Found\r\nContent-Length: 9\r\n\(fields)\r\n"
        }
        return "HTTP/\(version) 200 OK\r\nContent-Length: \(number + 1)\r\n\(fields)\r\n"
    }

    package static func right(_ request: ScriptedServer.Request) -> ScriptedServer.Reply {
        reply(head(request.path))
    }

    package static func reply(_ text: String, closes: Bool = false) -> ScriptedServer.Reply {
        ScriptedServer.Reply(bytes: Array(text.utf8), closes: closes)
    }

    package static func endless(
        _ text: String,
        _ more: String,
        pause: Duration = .zero
    ) -> ScriptedServer.Reply {
        ScriptedServer.Reply(bytes: Array(text.utf8), endless: Array(more.utf8), pause: pause)
    }

    /// Misbehaves on pipelined connections from the request `number` on: after the opening proof of
    /// 5 requests, or within it.
    package static func pipelined(
        _ name: String,
        from number: Int = 8,
        hasProblem: Bool? = true,
        _ script: @escaping ScriptedServer.Script
    ) -> Self {
        HostileServer(
            name: name,
            outcome: .right,
            hasProblem: hasProblem,
            needsStream: number > 4
        ) { request in
            request.pipeline != nil && request.number >= number ? script(request) : right(request)
        }
    }

    package static func always(
        _ name: String,
        _ outcome: Outcome,
        _ script: @escaping ScriptedServer.Script
    ) -> Self {
        HostileServer(name: name, outcome: outcome, script: script)
    }

    package static let longField = "X: \(String(repeating: "a", count: 4_000))\r\n"
    package static let begin = "HTTP/1.1 200 OK\r\n"

    /// Servers for which a run gets correct results.
    package static let passing: [Self] = [
        pipelined("garbage later") { _ in reply("\u{0}\u{1}garbage\r\n\r\n") },
        pipelined("a length that is none") { _ in reply(begin + "Content-Length: x\r\n\r\n") },
        pipelined("a length beyond all numbers") { _ in
            reply(begin + "Content-Length: 99999999999999999999999\r\n\r\n")
        },
        pipelined("endless fields") { _ in endless(begin, longField) },
        pipelined("endless answers before the answer") { _ in
            endless("", "HTTP/1.1 100 Continue\r\n\r\n")
        },
        pipelined("slow drip") { _ in endless(begin + "X: ", "a", pause: .milliseconds(100)) },
        pipelined("silence") { _ in reply("") },
        pipelined("a body") { reply(head($0.path) + "not found") },
        pipelined("each answer twice") { reply(head($0.path) + head($0.path)) },
        pipelined("HTTP/1.0", from: 0) { reply(head($0.path, version: "1.0"), closes: true) },
        // The answers for a known file and a nonexistent name, the first two of the proof, are
        // swapped.
        pipelined("swapped in the proof", from: 0) { request in
            request.number < 2
                ? reply(head(request.number == 0 ? "/none" : request.firstPath)) : right(request)
        },
        pipelined("shifted by one") { request in
            reply(head(Int(request.path.dropFirst(2)).map { "/f\($0 + 1)" } ?? request.firstPath))
        },
        pipelined("every connection cut at once", from: 0, hasProblem: nil) { _ in
            reply("HTTP/1.1 ", closes: true)
        },
        pipelined("every connection cut later", from: 12, hasProblem: nil) { _ in
            reply("HTTP/1.1 ", closes: true)
        },
        // Everything is refused, including what proves the order of answers.
        pipelined("a flood of 403") { _ in
            reply("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        },
        always("garbage", .nothing) { _ in reply("\u{0}\u{1}garbage\r\n\r\n", closes: true) },
        always("a redirect in a circle", .nothing) { request in
            reply("HTTP/1.1 302 Found\r\nLocation: \(request.path)\r\nContent-Length: 0\r\n\r\n")
        },
        always("gzip of nothing", .nothing) { request in
            request.path.hasPrefix("/f")
                ? reply(begin + "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
                : right(request)
        },
        always("lengths of 2^64 - 1", .nothing) { request in
            request.path.hasPrefix("/f")
                ? reply(begin + "Content-Length: 18446744073709551615\r\n\r\n") : right(request)
        },
        always("200 for everything", .left("200 for a name that cannot exist")) { _ in
            reply(begin + "Content-Length: 10\r\n\r\n")
        },
        always("closed at once", .left("Empty reply")) { _ in reply("", closes: true) },
        always("endless fields for everybody", .left("headers")) { _ in endless(begin, longField) },
    ]

    /// Servers to which requests are pipelined nevertheless.
    package static let harmless: [Self] =
        [
            pipelined("no end of answers promised", from: 0, hasProblem: false) {
                reply(head($0.path, fields: "Keep-Alive: timeout=5, max=9223372036854775807\r\n"))
            },
            pipelined("the end announced", from: 29, hasProblem: false) {
                reply(head($0.path, fields: "Connection: close\r\n"), closes: true)
            },
        ]
        // The first pipelined connection ends at some byte of an answer.
        + (0...head("/f10").utf8.count).map { cut in
            HostileServer(
                name: "cut at byte \(cut)",
                outcome: .right,
                hasProblem: false,
                needsStream: true
            ) {
                request in
                guard request.pipeline == 0, request.number == 12 else { return right(request) }
                let bytes = head(request.path).utf8.prefix(cut)
                return ScriptedServer.Reply(bytes: Array(bytes), closes: true)
            }
        }

    /// Servers that never answer a question as long as the client waits.
    package static let holding: [Self] = [
        always("silence for everybody", .nothing) { _ in reply("") },
        always("a drip for everybody", .nothing) { _ in
            endless(begin + "X: ", "a", pause: .milliseconds(100))
        },
        always("100 Continue for everybody", .nothing) { _ in
            endless("", "HTTP/1.1 100 Continue\r\n\r\n", pause: .milliseconds(1))
        },
        always("a pause for ever", .nothing) { _ in
            reply(
                "HTTP/1.1 503 No\r\nRetry-After: 18446744073709551615\r\nContent-Length: 0\r\n\r\n"
            )
        },
    ]
}
