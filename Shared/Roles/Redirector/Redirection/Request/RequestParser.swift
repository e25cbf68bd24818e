import Bytes

/// Finds the heads of HTTP/1.x requests in a stream of bytes (RFC 9112).
///
/// It is strict on purpose: whatever a proxy in front could interpret differently is refused,
/// because request smuggling exploits such differences. Lines end in CRLF, nothing is folded, no
/// white space precedes a colon, and a body has one length. Nothing is copied or allocated.
package struct RequestParser: Sendable {
    package enum Outcome: Sendable {
        /// The head is not complete; call again when more bytes have come.
        case incomplete
        case head(RequestHead)
        case refused(RequestError)
    }

    /// The maximum length of a request line, including CRLF.
    package static let requestLineLimit = 8 * 1024
    /// The maximum length of the header section, including the empty line.
    package static let headersLimit = 16 * 1024
    package static let headerCountLimit = 100

    /// How many of the bytes an earlier call has seen without finding the end of the head.
    ///
    /// Otherwise a head that arrives byte by byte would be parsed once for each byte.
    private var searched = 0

    package init() {}

    /// Parses the request at the start of `bytes`.
    ///
    /// After `.incomplete`, call again with the same bytes and more appended; after `.head`, with
    /// what follows the head and its body.
    package mutating func parse(_ bytes: Span<UInt8>) -> Outcome {
        if searched > 0, !mayHoldWholeHead(bytes) {
            searched = bytes.count
            return .incomplete
        }
        do throws(RequestError) {
            var reader = HeadReader(bytes)
            if let head = try reader.read() {
                searched = 0
                return .head(head)
            }
            searched = bytes.count
            return .incomplete
        } catch {
            searched = 0
            return .refused(error)
        }
    }

    /// Whether parsing again can return anything but `.incomplete`.
    private func mayHoldWholeHead(_ bytes: Span<UInt8>) -> Bool {
        if bytes.count >= Self.requestLineLimit + Self.headersLimit { return true }
        var offset = max(searched - 3, 0)
        while offset + 3 < bytes.count {
            if bytes[offset + 3] == 0x0A, bytes[offset + 2] == 0x0D, bytes[offset + 1] == 0x0A {
                return true
            }
            offset += 1
        }
        return false
    }
}

/// A single pass over the bytes of one head.
private struct HeadReader: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset = 0
    private var head = RequestHead()
    private var hostCount = 0
    private var contentLength: Int?
    private var isChunked = false
    private var wantsClose = false
    private var wantsKeepAlive = false

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The head, or nil if it is incomplete.
    mutating func read() throws(RequestError) -> RequestHead? {
        guard skipEmptyLines() else { return nil }
        guard try requestLine() else {
            guard bytes.count - offset < RequestParser.requestLineLimit else {
                throw .requestLineTooLong
            }
            return nil
        }
        guard try headers() else { return nil }
        try conclude()
        return head
    }

    /// Skips empty lines before the request line, as RFC 9112, section 2.2 requires; at most four.
    private mutating func skipEmptyLines() -> Bool {
        for _ in 0..<4 {
            guard offset < bytes.count else { return false }
            guard bytes[offset] == 0x0D else { return true }
            guard offset + 1 < bytes.count else { return false }
            guard bytes[offset + 1] == 0x0A else { return true }
            offset += 2
        }
        return offset < bytes.count
    }

    /// Reads the request line; false if it is incomplete.
    private mutating func requestLine() throws(RequestError) -> Bool {
        let start = offset
        var end = bytes.endOfRun(of: .token, from: start)
        guard end < bytes.count else { return false }
        guard bytes[end] == 0x20, end > start else { throw .malformedRequestLine }
        head.method = Self.method(bytes.extracting(start..<end))

        let targetStart = end + 1
        end = bytes.firstControl(below: 0x21, from: targetStart)
        guard end - start < RequestParser.requestLineLimit else { throw .requestLineTooLong }
        guard end < bytes.count else { return false }
        guard bytes[end] == 0x20, end > targetStart else { throw .malformedRequestLine }
        head.target = targetStart..<end

        // "HTTP/1.1" CRLF
        let version = end + 1
        guard version + 10 <= bytes.count else { return false }
        guard bytes.extracting(version..<version + 5).equals("HTTP/"),
            bytes[version + 6] == UInt8(ascii: "."),
            bytes[version + 8] == 0x0D, bytes[version + 9] == 0x0A,
            case let major = bytes[version + 5], (0x30...0x39).contains(major),
            case let minor = bytes[version + 7], (0x30...0x39).contains(minor)
        else { throw .malformedRequestLine }
        guard major == 0x31 else { throw .unsupportedVersion }
        head.isVersion1_0 = minor == 0x30
        offset = version + 10
        head.fieldsOffset = offset
        guard offset - start <= RequestParser.requestLineLimit else { throw .requestLineTooLong }
        return true
    }

    private static func method(_ token: Span<UInt8>) -> RequestHead.Method {
        switch token.count {
        case 3:
            // Methods are case-sensitive: "get" is another method.
            token[0] == 0x47 && token[1] == 0x45 && token[2] == 0x54 ? .get : .other
        case 4:
            token[0] == 0x48 && token[1] == 0x45 && token[2] == 0x41 && token[3] == 0x44
                ? .head : .other
        default: .other
        }
    }

    /// Reads header lines up to and including the empty one; false if it has not come yet.
    private mutating func headers() throws(RequestError) -> Bool {
        let limit = offset + RequestParser.headersLimit
        var count = 0
        while true {
            guard offset < bytes.count else { return try incomplete(limit) }
            if bytes[offset] == 0x0D {
                guard offset + 1 < bytes.count else { return try incomplete(limit) }
                guard bytes[offset + 1] == 0x0A else { throw .malformedHeader }
                offset += 2
                guard offset <= limit else { throw .headersTooLong }
                return true
            }
            guard count < RequestParser.headerCountLimit else { throw .tooManyHeaders }
            count += 1

            let nameStart = offset
            var end = bytes.endOfRun(of: .token, from: nameStart)
            guard end < bytes.count else { return try incomplete(limit) }
            guard bytes[end] == UInt8(ascii: ":"), end > nameStart else { throw .malformedHeader }
            let name = nameStart..<end

            let valueStart = end + 1
            end = bytes.firstControl(below: 0x20, from: valueStart)
            while end < bytes.count, bytes[end] == 0x09 {
                end = bytes.firstControl(below: 0x20, from: end + 1)
            }
            guard end < bytes.count else { return try incomplete(limit) }
            guard bytes[end] == 0x0D else { throw .malformedHeader }
            guard end + 1 < bytes.count else { return try incomplete(limit) }
            guard bytes[end + 1] == 0x0A else { throw .malformedHeader }
            offset = end + 2
            guard offset <= limit else { throw .headersTooLong }
            try note(name: name, value: bytes.trimmed(valueStart..<end))
        }
    }

    private func incomplete(_ limit: Int) throws(RequestError) -> Bool {
        guard bytes.count < limit else { throw .headersTooLong }
        return false
    }

    /// Keeps the value of a header that matters here.
    private mutating func note(name: Range<Int>, value: Range<Int>) throws(RequestError) {
        let text = bytes.extracting(name)
        switch text.count {
        case 4 where text.equalsIgnoringCase("host"):
            hostCount += 1
            guard hostCount == 1, isHost(value) else { throw .badHost }
            head.host = value
        case 5 where text.equalsIgnoringCase("range"):
            head.hasRange = true
        case 6 where text.equalsIgnoringCase("accept"):
            head.accept = value
        case 6 where text.equalsIgnoringCase("expect"):
            guard bytes.extracting(value).equalsIgnoringCase("100-continue") else {
                throw .unknownExpectation
            }
            head.expectsContinue = true
        case 9 where text.equalsIgnoringCase("forwarded"):
            head.isForwarded = true
        case 10 where text.equalsIgnoringCase("connection"):
            if bytes.list(in: value, contains: "close") { wantsClose = true }
            if bytes.list(in: value, contains: "keep-alive") { wantsKeepAlive = true }
        case 10 where text.equalsIgnoringCase("user-agent"):
            head.isChecker = isChecker(value)
        case 11 where text.equalsIgnoringCase("want-digest"):
            head.wantsDigest = true
        case 14 where text.equalsIgnoringCase("content-length"):
            guard let length = number(value), contentLength == nil || contentLength == length
            else { throw .ambiguousFraming }
            contentLength = length
        case 15 where text.equalsIgnoringCase("x-forwarded-for"):
            head.isForwarded = true
        case 16 where text.equalsIgnoringCase("want-repr-digest"):
            head.wantsDigest = true
        case 17 where text.equalsIgnoringCase("transfer-encoding"):
            guard !isChunked, bytes.extracting(value).equalsIgnoringCase("chunked") else {
                throw .ambiguousFraming
            }
            isChunked = true
        case 17 where text.equalsIgnoringCase("x-forwarded-proto"):
            head.isForwarded = true
        default: break
        }
    }

    /// Whether the User-Agent in `range` is that of a checker: `Redirector-checker/1.0 …`.
    private func isChecker(_ range: Range<Int>) -> Bool {
        let name: StaticString = "redirector-checker"
        guard range.count >= name.utf8CodeUnitCount else { return false }
        let start = range.lowerBound..<range.lowerBound + name.utf8CodeUnitCount
        return bytes.extracting(start).equalsIgnoringCase(name)
    }

    /// Whether `range` looks like `uri-host [ ":" port ]`, by its characters; empty is allowed.
    private func isHost(_ range: Range<Int>) -> Bool {
        bytes.extracting(range).endOfRun(of: .host, from: 0) == range.count
    }

    /// Parses decimal digits only, 18 at most, which no body length exceeds.
    private func number(_ range: Range<Int>) -> Int? {
        guard range.count <= 18 else { return nil }
        return bytes.decimal(in: range).map { Int(clamping: $0) }
    }

    /// Checks what only the whole head can tell.
    private mutating func conclude() throws(RequestError) {
        guard head.isVersion1_0 || hostCount == 1 else { throw .badHost }
        if isChunked {
            guard contentLength == nil, !head.isVersion1_0 else { throw .ambiguousFraming }
            head.body = .chunked
        } else if let contentLength, contentLength > 0 {
            head.body = .byteCount(contentLength)
        }
        head.keepsAlive = !wantsClose && (wantsKeepAlive || !head.isVersion1_0)
        head.byteCount = offset
    }
}
