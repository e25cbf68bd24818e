import Bytes
import Redirection

/// The rules for every answer, whatever was asked.
///
/// Works on bytes throughout: it processes ten million answers.
struct AnswerRules {
    /// Where a Location may lead, each ending in a slash; the first is the fallback host, the only
    /// one that gets the query.
    let bases: [[UInt8]]
    let isCGI: Bool

    /// What is wrong with `answer`, or nil.
    func fault(in answer: [UInt8], hasBody: Bool) -> String? {
        let bytes = answer.span
        var offset = 0
        var isRedirect = false
        var locationCount = 0
        var length: Int?
        while true {
            // The printable bytes must be followed by the end of the line.
            let end = Self.endOfPrintable(bytes, offset)
            guard end + 1 < bytes.count else { return "a line without CRLF" }
            guard bytes[end] == 0x0D, bytes[end + 1] == 0x0A else {
                return "byte \(bytes[end]) in a line of the head"
            }
            let line = bytes.extracting(offset..<end)
            let isFirst = offset == 0
            offset = end + 2
            if isFirst {
                guard line.count > 12, Self.hasPrefix(line, isCGI ? "Status: " : "HTTP/1.1 ") else {
                    return "no status"
                }
                isRedirect = isCGI ? line[9] == 0x30 && line[8] == 0x33 : line[9] == 0x33
                continue
            }
            if line.isEmpty { break }
            guard let (name, value) = Self.field(line) else { return "a line that is no field" }
            let text = line.extracting(value)
            if line.extracting(name).equalsIgnoringCase("content-length") {
                guard length == nil, let number = Self.number(text) else { return "Content-Length" }
                length = number
            } else if line.extracting(name).equalsIgnoringCase("location") {
                locationCount += 1
                guard isLocation(text) else { return "Location: \(Self.text(text))" }
            } else if line.extracting(name).equalsIgnoringCase("link") {
                guard Self.isList(text) else { return "Link: \(Self.text(text))" }
            }
        }
        guard locationCount == (isRedirect ? 1 : 0) else { return "\(locationCount) Locations" }
        guard let length, answer.count - offset == (hasBody ? length : 0) else {
            return "\(answer.count - offset) bytes of body, announced \(length ?? -1)"
        }
        return nil
    }

    /// The index of the first byte at or after `start` that is not printable ASCII; the count if
    /// there is none.
    ///
    /// Reads eight bytes at a time, because the fuzzer records every comparison. A byte is
    /// printable if adding 0x60 sets its high bit (it is a blank or more), adding 1 does not (it is
    /// not DEL), and its own high bit is not set: without the high bits no sum carries over.
    private static func endOfPrintable(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high = ones &* 0x80
        var index = start
        let raw = unsafe bytes.bytes
        while index + 8 <= bytes.count {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
            let low = word & ~high
            let isPrintable = (low &+ ones &* 0x60) & ~(low &+ ones)
            let marks = (word | ~isPrintable) & high
            if marks != 0 { return index + UInt64(littleEndian: marks).trailingZeroBitCount / 8 }
            index += 8
        }
        while index < bytes.count, (0x20...0x7E).contains(bytes[index]) { index += 1 }
        return index
    }

    private static func hasPrefix(_ bytes: Span<UInt8>, _ text: StaticString) -> Bool {
        bytes.count >= text.utf8CodeUnitCount
            && bytes.extracting(first: text.utf8CodeUnitCount).equals(text)
    }

    /// Name and value of `name: value`.
    private static func field(_ line: Span<UInt8>) -> (Range<Int>, Range<Int>)? {
        var colon = 0
        while colon < line.count, ByteSet.token.contains(line[colon]) { colon += 1 }
        guard colon > 0, colon + 1 < line.count, line[colon] == UInt8(ascii: ":"),
            line[colon + 1] == 0x20
        else { return nil }
        return (0..<colon, colon + 2..<line.count)
    }

    private static func number(_ digits: Span<UInt8>) -> Int? {
        guard (1...9).contains(digits.count) else { return nil }
        var number = 0
        for index in digits.indices {
            guard (0x30...0x39).contains(digits[index]) else { return nil }
            number = number * 10 + Int(digits[index] - 0x30)
        }
        return number
    }

    private static func begins(_ url: Span<UInt8>, with base: [UInt8]) -> Bool {
        url.count >= base.count && base.indices.allSatisfy { url[$0] == base[$0] }
    }

    /// Whether `url` is one of the bases followed by an encoded path.
    private func isLocation(_ url: Span<UInt8>) -> Bool {
        guard
            let base = bases.indices.first(where: { Self.begins(url, with: bases[$0]) })
        else { return false }
        var isInQuery = false
        var segment = 0
        var dots = 0
        for offset in bases[base].count..<url.count {
            let byte = url[offset]
            if isInQuery {
                guard ByteSet.query.contains(byte) || byte == UInt8(ascii: "%") else {
                    return false
                }
                continue
            }
            if byte == UInt8(ascii: "?") {
                guard base == 0 else { return false }
                isInQuery = true
            } else if !ByteSet.unreservedOrSlash.contains(byte) && byte != UInt8(ascii: "%") {
                return false
            }
            if isInQuery || byte == UInt8(ascii: "/") {
                if segment == 2, dots == 2 { return false }
                segment = 0
                dots = 0
            } else {
                segment += 1
                if byte == UInt8(ascii: ".") { dots += 1 }
            }
        }
        return isInQuery || segment != 2 || dots != 2
    }

    /// Whether the angle brackets of a Link are paired.
    private static func isList(_ links: Span<UInt8>) -> Bool {
        var isInside = false
        // The brackets differ in one bit, so that all other bytes take only one comparison.
        for index in links.indices where links[index] | 2 == UInt8(ascii: ">") {
            guard (links[index] == UInt8(ascii: ">")) == isInside else { return false }
            isInside.toggle()
        }
        return !isInside
    }

    private static func text(_ bytes: Span<UInt8>) -> String {
        String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
}
