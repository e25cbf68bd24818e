import NIOHTTP1

/// A call of a function, as its container receives it.
struct Invocation: Sendable {
    var method = "POST"
    /// The path below the function, decoded; begins with a slash.
    var path = Array("/".utf8)
    /// The query after the question mark, unchanged; empty if there is none.
    var query = ""
    var headers = HTTPHeaders()
    var body: [UInt8] = []
}

/// The outcome of a call.
enum Outcome: Sendable {
    case answer(Answer)
    /// The connection is closed without an answer.
    case cut

    /// The status, or nil if there is no answer.
    var status: Int? {
        guard case .answer(let answer) = self else { return nil }
        return answer.status
    }
}

/// An answer to a call; its length is not among the headers.
struct Answer: Sendable {
    var status: Int
    var headers = HTTPHeaders()
    var body: [UInt8] = []

    init(_ status: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// An answer of the gateway or of a watchdog itself.
    init(_ status: Int, text: String, headers: HTTPHeaders = [:]) {
        var headers = headers
        headers.add(name: "Content-Type", value: "text/plain; charset=utf-8")
        self.init(status, headers: headers, body: Array(text.utf8))
    }
}
