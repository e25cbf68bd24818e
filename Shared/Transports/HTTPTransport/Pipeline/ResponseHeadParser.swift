import Bytes
import Glibc
import Time

/// Splits a server's output into the heads of its answers to HEAD requests (RFC 9112).
///
/// The bytes come in pieces of any size. Complete lines are parsed in place; only a line that spans
/// pieces is copied, so that the work is linear and the memory bounded whatever the server sends.
/// Folded fields (obs-fold) are joined, and interim answers (1xx) are skipped.
package struct ResponseHeadParser: Sendable {
    /// The maximum size of a head in bytes; servers send about 250.
    package static let headLimit = 32_768

    /// The beginning of an incomplete line.
    private var partialLine: [UInt8] = []
    /// The number of bytes in the current head so far.
    private var headByteCount = 0
    /// Nil before the status line.
    private var head: ResponseHead?
    /// The field that a folded line would continue.
    private var field = Field.other

    private enum Field {
        case contentLength
        case contentEncoding
        case connection
        case keepAlive
        case retryAfter
        case lastModified
        case other
    }

    package init() {}

    /// Whether a head has begun but not ended.
    package var isInsideHead: Bool { headByteCount > 0 }

    /// Continues from `position`, and returns the next head that ends within `bytes`, or nil at the
    /// end of `bytes`; `position` is then their end.
    ///
    /// After an error, the parser is unusable.
    package mutating func next(
        in bytes: Span<UInt8>,
        from position: inout Int
    ) throws(ResponseHeadError) -> ResponseHead? {
        // Where the head begins, or would if these bytes had all of it.
        var headStart = position - headByteCount
        defer { headByteCount = position - headStart }
        while position < bytes.count {
            let start = position
            let end = bytes.endOfLine(from: start)
            position = min(end + 1, bytes.count)
            guard position - headStart <= Self.headLimit else {
                throw .tooLong(limit: Self.headLimit)
            }
            guard end < bytes.count else {
                partialLine.append(bytes, start..<end)
                if head == nil, !Self.beginsLikeAnAnswer(partialLine.span) { throw .notHTTP }
                return nil
            }
            if head != nil, partialLine.isEmpty, Self.isSkipped(bytes[start]) {
                field = .other
            } else if try take(bytes, start..<end) {
                headStart = position
                return head.take()
            }
        }
        return nil
    }

    /// Takes a line without its LF, of which an earlier piece may have had the beginning; returns
    /// whether the head of an answer is complete.
    private mutating func take(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>
    ) throws(ResponseHeadError) -> Bool {
        guard !partialLine.isEmpty else { return try take(line: bytes, range) }
        partialLine.append(bytes, range)
        var line: [UInt8] = []
        swap(&line, &partialLine)
        let isComplete = try take(line: line.span, 0..<line.count)
        line.removeAll(keepingCapacity: true)
        swap(&line, &partialLine)
        return isComplete
    }

    /// Whether a line that begins with this byte is a field of no interest: most are.
    private static func isSkipped(_ first: UInt8) -> Bool {
        switch first {
        case UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: " "), UInt8(ascii: "\t"): false
        case UInt8(ascii: "C"), UInt8(ascii: "c"), UInt8(ascii: "K"), UInt8(ascii: "k"): false
        case UInt8(ascii: "L"), UInt8(ascii: "l"), UInt8(ascii: "R"), UInt8(ascii: "r"): false
        default: true
        }
    }

    /// Takes a whole line, and returns whether the head of an answer ends there.
    private mutating func take(
        line bytes: Span<UInt8>,
        _ range: Range<Int>
    ) throws(ResponseHeadError) -> Bool {
        // Here and below with bounds: finding the first and last index of a range as a collection
        // is slow.
        var line = range
        if line.lowerBound < line.upperBound, bytes[line.upperBound - 1] == UInt8(ascii: "\r") {
            line = line.lowerBound..<line.upperBound - 1
        }
        guard head != nil else {
            head = try Self.statusLine(bytes, line)
            return false
        }
        guard line.lowerBound < line.upperBound else { return try finish() }
        let first = bytes[line.lowerBound]
        if first == UInt8(ascii: " ") || first == UInt8(ascii: "\t") {
            try note(bytes, bytes.trimmed(line), isContinuation: true)
            return false
        }
        // A line without a colon is skipped, as libcurl does.
        let nameByteCount: Int
        (field, nameByteCount) = Self.field(bytes, line)
        if field != .other {
            let value = line.lowerBound + nameByteCount..<line.upperBound
            try note(bytes, bytes.trimmed(value), isContinuation: false)
        }
        return false
    }

    /// Ends a head; false if it is an interim one, which is forgotten.
    private mutating func finish() throws(ResponseHeadError) -> Bool {
        guard let status = head?.status else { return false }
        field = .other
        guard status != 101 else { throw .protocolChange }
        guard status < 200 else { return true }
        // The byte count continues, because a server must not send 100 forever.
        head = nil
        return false
    }

    /// Stores the value of a field, or a continuation of it.
    private mutating func note(
        _ bytes: Span<UInt8>,
        _ value: Range<Int>,
        isContinuation: Bool
    ) throws(ResponseHeadError) {
        guard !value.isEmpty else { return }
        switch field {
        case .contentLength:
            guard let number = bytes.decimal(in: value) else { throw .badLength }
            if let known = head?.byteCount, known != number || isContinuation { throw .badLength }
            head?.byteCount = number
        case .connection:
            if bytes.list(in: value, contains: "close") { head?.isLast = true }
        case .keepAlive:
            _ = bytes.containsElement(of: value) { element in
                guard bytes.extracting(element).beginsIgnoringCase(with: "max="),
                    let count = bytes.decimal(in: element.lowerBound + 4..<element.upperBound)
                else { return false }
                head?.remainingCount = Int(exactly: count)
                return false
            }
        case .retryAfter:
            head?.retryAfterSeconds = bytes.decimal(in: value).flatMap { Int64(exactly: $0) }
            head?.retryAt =
                isContinuation ? nil : HTTPDate.timestamp(bytes, in: value)?.secondsSinceEpoch
        case .contentEncoding:
            if !bytes.extracting(value).equalsIgnoringCase("identity") { head?.isEncoded = true }
        case .lastModified:
            head?.lastModified =
                isContinuation ? nil : HTTPDate.timestamp(bytes, in: value)?.secondsSinceEpoch
        case .other: break
        }
    }

    /// The field in a line, and the length of its name including the colon.
    private static func field(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) -> (Field, nameByteCount: Int) {
        let text = bytes.extracting(line)
        switch text[0] | 0x20 {
        case UInt8(ascii: "c"):
            if text.begins(withName: "content-length:") { return (.contentLength, 15) }
            if text.begins(withName: "connection:") { return (.connection, 11) }
            if text.begins(withName: "content-encoding:") { return (.contentEncoding, 17) }
        case UInt8(ascii: "k"):
            if text.begins(withName: "keep-alive:") { return (.keepAlive, 11) }
        case UInt8(ascii: "l"):
            if text.begins(withName: "last-modified:") { return (.lastModified, 14) }
        case UInt8(ascii: "r"):
            if text.begins(withName: "retry-after:") { return (.retryAfter, 12) }
        default: break
        }
        return (.other, 0)
    }

    /// Parses "HTTP/1.1 200 OK"; the reason phrase may be missing.
    private static func statusLine(
        _ bytes: Span<UInt8>,
        _ line: Range<Int>
    ) throws(ResponseHeadError) -> ResponseHead {
        guard line.count >= 7, beginsLikeAnAnswer(bytes, line) else { throw .notHTTP }
        let start = line.lowerBound + 7
        let count = line.upperBound - start
        guard count >= 5, (0x30...0x39).contains(bytes[start]),
            bytes[start + 1] == UInt8(ascii: " "),
            let status = bytes.decimal(in: start + 2..<start + 5), status >= 100,
            count == 5 || bytes[start + 5] == UInt8(ascii: " ")
        else { throw .badStatusLine }
        var head = ResponseHead(status: Int(status))
        head.isHTTP10 = bytes[start] == UInt8(ascii: "0")
        head.isLast = head.isHTTP10
        return head
    }

    /// Whether the bytes, as far as they go, match "HTTP/1.".
    private static func beginsLikeAnAnswer(_ bytes: Span<UInt8>) -> Bool {
        beginsLikeAnAnswer(bytes, 0..<bytes.count)
    }

    private static func beginsLikeAnAnswer(_ bytes: Span<UInt8>, _ line: Range<Int>) -> Bool {
        let mark: StaticString = "HTTP/1."
        let length = min(mark.utf8CodeUnitCount, line.count)
        return unsafe bytes.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return true }
            return unsafe memcmp(base + line.lowerBound, mark.utf8Start, length) == 0
        }
    }
}

extension [UInt8] {
    fileprivate mutating func append(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        reserveCapacity(count + range.count)
        for index in range { append(bytes[index]) }
    }
}

extension Span<UInt8> {
    /// Whether a line begins with a name and its colon; where another name ends tells at once that
    /// it does not.
    fileprivate func begins(withName name: StaticString) -> Bool {
        let colon = name.utf8CodeUnitCount - 1
        return colon < count && self[colon] == UInt8(ascii: ":") && beginsIgnoringCase(with: name)
    }

    /// The position of the next LF, or the end if there is none.
    @inline(__always)
    fileprivate func endOfLine(from start: Int) -> Int {
        unsafe withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = unsafe memchr(
                    base + start,
                    Int32(UInt8(ascii: "\n")),
                    bytes.count - start
                )
            else { return bytes.count }
            return unsafe UnsafeRawPointer(found) - base
        }
    }
}
