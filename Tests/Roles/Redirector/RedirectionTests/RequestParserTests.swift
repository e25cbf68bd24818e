import Redirection
import Testing

@Suite struct RequestParserTests {
    private func parse(_ text: String) -> RequestParser.Outcome {
        var parser = RequestParser()
        return parser.parse(Array(text.utf8).span)
    }

    private func head(_ text: String) throws -> RequestHead {
        guard case .head(let head) = parse(text) else {
            throw RequestError.malformedRequestLine
        }
        return head
    }

    @Test func readsAPlainRequest() throws {
        let text = "GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: */*\r\n\r\n"
        let head = try head(text)
        #expect(head.method == .get)
        #expect(head.target == 4..<8)
        #expect(!head.isVersion1_0)
        #expect(head.keepsAlive)
        #expect(head.body == .none)
        #expect(head.byteCount == text.utf8.count)
    }

    @Test(
        arguments: [
            ("GET", .get), ("HEAD", .head), ("POST", .other), ("get", .other), ("OPTIONS", .other),
            ("M-SEARCH", .other),
        ] as [(String, RequestHead.Method)]
    )
    func knowsMethods(name: String, method: RequestHead.Method) throws {
        #expect(try head("\(name) / HTTP/1.1\r\nHost: h\r\n\r\n").method == method)
    }

    @Test(
        arguments: [
            ("HTTP/1.1", "", true),
            ("HTTP/1.1", "Connection: close\r\n", false),
            ("HTTP/1.1", "Connection: x, CLOSE\r\n", false),
            ("HTTP/1.1", "connection: keep-alive, close\r\n", false),
            ("HTTP/1.1", "Connection: closed\r\n", true),
            ("HTTP/1.0", "", false),
            ("HTTP/1.0", "Connection: Keep-Alive\r\n", true),
            ("HTTP/1.0", "Connection: keep-alive\r\nConnection: close\r\n", false),
            ("HTTP/1.9", "", true),
        ] as [(String, String, Bool)]
    )
    func knowsWhenToKeepTheConnection(version: String, header: String, keeps: Bool) throws {
        #expect(try head("GET / \(version)\r\nHost: h\r\n\(header)\r\n").keepsAlive == keeps)
    }

    @Test(
        arguments: [
            ("Content-Length: 0\r\n", .none),
            ("Content-Length: 17\r\n", .byteCount(17)),
            ("Content-Length: 17\r\nContent-length: 17\r\n", .byteCount(17)),
            ("Transfer-Encoding: chunked\r\n", .chunked),
        ] as [(String, RequestHead.Body)]
    )
    func knowsTheBody(header: String, body: RequestHead.Body) throws {
        #expect(try head("GET / HTTP/1.1\r\nHost: h\r\n\(header)\r\n").body == body)
    }

    @Test func notesWhatTheAnswerDependsOn() throws {
        let plain = try head("GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: Mozilla/5.0\r\n\r\n")
        #expect(!plain.hasRange)
        #expect(!plain.isChecker)
        #expect(!plain.isForwarded)
        for name in ["X-Forwarded-For", "x-forwarded-proto", "FORWARDED"] {
            #expect(try head("GET /a HTTP/1.1\r\nHost: h\r\n\(name): x\r\n\r\n").isForwarded)
        }
        let text = "GET /a HTTP/1.1\r\nhost: h:80\r\nrange: bytes=0-\r\n\r\n"
        let ranged = try head(text)
        #expect(ranged.hasRange)
        #expect(Array(text.utf8)[ranged.host].elementsEqual("h:80".utf8))
    }

    @Test(
        arguments: [
            ("Redirector-checker/0.1.0", true), ("redirector-CHECKER", true),
            ("Redirector-checker/1 (+https://example.org/)", true), ("Redirector", false),
            ("curl Redirector-checker/1", false), ("", false),
        ] as [(String, Bool)]
    )
    func knowsACheckerByItsUserAgent(userAgent: String, isChecker: Bool) throws {
        let text = "GET /a HTTP/1.1\r\nHost: h\r\nUser-Agent: \(userAgent)\r\n\r\n"
        #expect(try head(text).isChecker == isChecker)
    }

    private static let start = "GET / HTTP/1.1\r\n"

    @Test(
        arguments: [
            ("\(start)\r\n", .badHost),
            ("\(start)Host: a\r\nHost: a\r\n\r\n", .badHost),
            ("\(start)Host: a/b\r\n\r\n", .badHost),
            ("\(start)Host: a b\r\n\r\n", .badHost),
            (
                "\(start)Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
                .ambiguousFraming
            ),
            (
                "\(start)Host: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n",
                .ambiguousFraming
            ),
            ("\(start)Host: h\r\nContent-Length: 3, 3\r\n\r\n", .ambiguousFraming),
            ("\(start)Host: h\r\nContent-Length: +3\r\n\r\n", .ambiguousFraming),
            (
                "\(start)Host: h\r\nContent-Length: 99999999999999999999\r\n\r\n",
                .ambiguousFraming
            ),
            ("\(start)Host: h\r\nContent-Length:\r\n\r\n", .ambiguousFraming),
            ("\(start)Host: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .ambiguousFraming),
            (
                "\(start)Host: h\r\nTransfer-Encoding: chunked\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n",
                .ambiguousFraming
            ),
            ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .ambiguousFraming),
            ("\(start)Host : h\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\n folded\r\n\r\n", .malformedHeader),
            ("\(start) Host: h\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\nA: b\rc\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\nA: b\u{0}c\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\nA: b\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\n: x\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\nnocolon\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\n\rX\r\n\r\n", .malformedHeader),
            ("\(start)Host: h\r\nExpect: 200-ok\r\n\r\n", .unknownExpectation),
            ("GET /\r\n\r\n", .malformedRequestLine),
            ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("GET / HTTP/1.1 \r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("GET / HTTP/1.1\nHost: h\r\n\r\n", .malformedRequestLine),
            ("GET /\tHTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("GET / http/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("GET / Http/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("GET / HTTP/11.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            (" GET / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("G(T / HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
            ("\u{16}\u{3}\u{1}", .malformedRequestLine),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .unsupportedVersion),
            ("GET / HTTP/0.9\r\n\r\n", .unsupportedVersion),
        ] as [(String, RequestError)]
    )
    func refuses(text: String, error: RequestError) throws {
        guard case .refused(let actual) = parse(text) else {
            Issue.record("not refused")
            return
        }
        #expect(actual == error)
    }

    @Test func limitsTheRequestLine() throws {
        let line = "GET / HTTP/1.1\r\n".utf8.count
        let longest = String(repeating: "a", count: RequestParser.requestLineLimit - line)
        #expect(try head("GET /\(longest) HTTP/1.1\r\nHost: h\r\n\r\n").method == .get)
        for text in [
            "GET /\(longest)a HTTP/1.1\r\nHost: h\r\n\r\n", "GET /\(longest)aaaaaaaaaaaaaaaa",
        ] {
            guard case .refused(.requestLineTooLong) = parse(text) else {
                Issue.record("not refused")
                continue
            }
        }
    }

    @Test func limitsTheHeaders() throws {
        let fixed = "Host: h\r\nA: \r\n\r\n".utf8.count
        let longest = String(repeating: "a", count: RequestParser.headersLimit - fixed)
        #expect(try head("GET / HTTP/1.1\r\nHost: h\r\nA: \(longest)\r\n\r\n").method == .get)
        let most = String(repeating: "A: b\r\n", count: RequestParser.headerCountLimit - 1)
        #expect(try head("GET / HTTP/1.1\r\nHost: h\r\n\(most)\r\n").method == .get)
        let cases: [(String, RequestError)] = [
            ("A: \(longest)a\r\n\r\n", .headersTooLong),
            ("A: \(longest)aaaaaaaa", .headersTooLong),
            ("\(most)A: b\r\n\r\n", .tooManyHeaders),
        ]
        for (headers, error) in cases {
            guard case .refused(error) = parse("GET / HTTP/1.1\r\nHost: h\r\n\(headers)") else {
                Issue.record("\(error) expected")
                continue
            }
        }
    }

    /// Three pipelined requests, cut in two at every place, give the same heads.
    @Test func findsTheSameRequestsWhereverTheInputIsCut() {
        let text =
            "\r\nGET /first HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"
            + "HEAD /second HTTP/1.0\r\n\r\nGET /third?q HTTP/1.1\r\nHost:h\r\nA: b\r\n\r\n"
        let whole = targets(of: [text])
        #expect(whole == ["/first", "/second", "/third?q"])
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            let parts = [bytes[..<cut], bytes[cut...]].map { String(decoding: $0, as: UTF8.self) }
            #expect(targets(of: parts) == whole, "cut at \(cut)")
        }
        #expect(targets(of: bytes.map { String(decoding: [$0], as: UTF8.self) }) == whole)
    }

    /// A refusal does not depend on how the bytes arrive either.
    @Test func refusesWhereverTheInputIsCut() {
        let bytes = Array("GET / HTTP/1.1\r\nHost: h\r\nHost : h\r\n\r\n".utf8)
        for cut in 0..<bytes.count {
            var parser = RequestParser()
            let first = Array(bytes[..<cut])
            _ = parser.parse(first.span)
            guard case .refused(.malformedHeader) = parser.parse(bytes.span) else {
                Issue.record("cut at \(cut)")
                continue
            }
        }
    }

    /// The targets of the requests in `parts`, which one parser gets one after the other.
    private func targets(of parts: [String]) -> [String] {
        var parser = RequestParser()
        var pending: [UInt8] = []
        var targets: [String] = []
        for part in parts {
            pending += part.utf8
            while !pending.isEmpty, case .head(let head) = parser.parse(pending.span) {
                targets.append(String(decoding: pending[head.target], as: UTF8.self))
                pending.removeFirst(head.byteCount)
            }
        }
        return targets
    }
}
