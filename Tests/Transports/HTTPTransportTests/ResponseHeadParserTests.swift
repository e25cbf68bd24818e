import HTTPTransport
import TestSupport
import Testing

@Suite struct ResponseHeadParserTests {
    /// The heads in `text`, received in pieces that end at `cuts`.
    static func heads(
        _ text: String,
        cuts: [Int] = []
    ) throws(ResponseHeadError) -> [ResponseHead] {
        let bytes = Array(text.utf8)
        var parser = ResponseHeadParser()
        var heads: [ResponseHead] = []
        var start = 0
        for end in cuts + [bytes.count] {
            let piece = Array(bytes[start..<end])
            var position = 0
            while let head = try parser.next(in: piece.span, from: &position) { heads.append(head) }
            start = end
        }
        return heads
    }

    static func head(_ status: Int, _ adjust: (inout ResponseHead) -> Void = { _ in })
        -> ResponseHead
    {
        var head = ResponseHead(status: status)
        adjust(&head)
        return head
    }

    @Test(
        arguments: [
            ("HTTP/1.1 200 OK\r\n\r\n", head(200)),
            ("HTTP/1.1 204\r\n\r\n", head(204)),
            ("HTTP/1.1 404 \n\n", head(404)),
            ("HTTP/1.1 200 OK\r\ncontent-LENGTH:12\r\n\r\n", head(200) { $0.byteCount = 12 }),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615 \t\r\n\r\n",
                head(200) { $0.byteCount = .max }
            ),
            (
                "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nContent-Length: 7\r\n\r\n",
                head(200) { $0.byteCount = 7 }
            ),
            ("HTTP/1.1 200 OK\r\nContent-Length:\r\n 5\r\n\r\n", head(200) { $0.byteCount = 5 }),
            ("HTTP/1.1 200 OK\r\nX: a\r\n\tContent-Length: 5\r\n\r\n", head(200)),
            ("HTTP/1.1 200 OK\r\nContent-Length \r\n\r\n", head(200)),
            ("HTTP/1.1 200 OK\r\nConnection: Close\r\n\r\n", head(200) { $0.isLast = true }),
            (
                "HTTP/1.1 200 OK\r\nConnection: TE,\r\n close\r\n\r\n",
                head(200) { $0.isLast = true }
            ),
            ("HTTP/1.1 200 OK\r\nConnection: not-close, closed,\r\n\r\n", head(200)),
            (
                "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5, max=100\r\n\r\n",
                head(200) { $0.remainingCount = 100 }
            ),
            ("HTTP/1.1 200 OK\r\nKeep-Alive: max=, max\r\n\r\n", head(200)),
            (
                "HTTP/1.1 200 OK\r\nKeep-Alive: max=18446744073709551615\r\n\r\n", head(200)
            ),
            (
                "HTTP/1.1 503 No\r\nRetry-After: 40\r\n\r\n",
                head(503) { $0.retryAfterSeconds = 40 }
            ),
            (
                "HTTP/1.1 503 No\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n\r\n",
                head(503) { $0.retryAt = 946_684_799 }
            ),
            (
                "HTTP/1.0 200 OK\r\n\r\n",
                head(200) {
                    $0.isHTTP10 = true
                    $0.isLast = true
                }
            ),
            (
                "HTTP/1.1 100 Continue\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
                head(200)
            ),
        ] as [(String, ResponseHead)]
    )
    func readsAHeadInTwoPiecesCutAnywhere(text: String, expected: ResponseHead) throws {
        for cut in 0...text.utf8.count {
            #expect(try Self.heads(text, cuts: [cut]) == [expected], "cut at \(cut)")
        }
        #expect(try Self.heads(text, cuts: Array(0..<text.utf8.count)) == [expected])
    }

    @Test func readsManyHeadsOfOnePiece() throws {
        let text = (0..<50).map { "HTTP/1.1 200 OK\r\nContent-Length: \($0)\r\n\r\n" }.joined()
        for cut in stride(from: 0, to: text.utf8.count, by: 7) {
            let heads = try Self.heads(text, cuts: [cut])
            #expect(heads.map(\.byteCount) == (0..<50).map { UInt64($0) })
        }
    }

    @Test(
        arguments: [
            ("<html>", .notHTTP),
            ("HTTQ", .notHTTP),
            ("\r\n", .notHTTP),
            ("HTTP/2 200\r\n\r\n", .notHTTP),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", .notHTTP),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello", .notHTTP),
            ("HTTP/1.\n", .badStatusLine),
            ("HTTP/1.1 2\r\n", .badStatusLine),
            ("HTTP/1.1 2000\r\n", .badStatusLine),
            ("HTTP/1.1 099 \r\n", .badStatusLine),
            ("HTTP/1.1  200 OK\r\n", .badStatusLine),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n", .badLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n", .badLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n 5\r\n", .badLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n", .badLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551616\r\n", .badLength),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", .protocolChange),
        ] as [(String, ResponseHeadError)]
    )
    func namesWhatIsWrongInTwoPiecesCutAnywhere(text: String, expected: ResponseHeadError) {
        for cut in 0...text.utf8.count {
            #expect(throws: expected, "cut at \(cut)") { try Self.heads(text, cuts: [cut]) }
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 40_000),
        "HTTP/1.1 200 OK\r\n" + String(repeating: "X: a\r\n", count: 8_000),
        String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 2_000),
    ])
    func endlessHeadsAreRefused(text: String) {
        let expected = ResponseHeadError.tooLong(limit: ResponseHeadParser.headLimit)
        #expect(throws: expected) { try Self.heads(text) }
        let cuts = Array(stride(from: 0, to: text.utf8.count, by: 11))
        #expect(throws: expected) { try Self.heads(text, cuts: cuts) }
    }

    @Test func noBytesAtAllTrapTheParser() {
        var generator = SeededGenerator.forTest()
        let alphabet = Array("HTTP/1.1 200\r\n: \tContent-Lengthconnectionmax=,5".utf8)
        for _ in 0..<3_000 {
            let count = Int.random(in: 0..<200, using: &generator)
            let noise = (0..<count).map { _ in
                Bool.random(using: &generator)
                    ? alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                    : UInt8.random(in: 0...255, using: &generator)
            }
            var parser = ResponseHeadParser()
            let bytes = Array("HTTP/1.1 200 OK\r\n".utf8) + noise
            var position = 0
            while let _ = try? parser.next(in: bytes.span, from: &position) {}
            #expect(position <= bytes.count)
        }
    }

    @Test func readsTheDateOfTheFile() throws {
        let head = """
            HTTP/1.1 200 OK\r
            Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r
            Content-Length: 7\r
            \r\n
            """
        var parser = ResponseHeadParser()
        var position = 0
        let parsed = try parser.next(in: Array(head.utf8).span, from: &position)
        #expect(parsed?.lastModified == 784_111_777)
        #expect(parsed?.byteCount == 7)
    }
}
