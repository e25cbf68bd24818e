import Bytes
import Glibc

/// Walks over one JSON text (RFC 8259) without building anything from it.
///
/// It finds its way by brackets, quotes and commas, and takes what stands between them as it is: for
/// texts of our own writers, which a checksum or a rename keeps whole. Requests go through the module
/// JSON, which judges every byte.
struct JSONScanner: ~Escapable {
    private let bytes: Span<UInt8>
    private var offset = 0
    /// Whether an object or array was opened and nothing in it read.
    private var isAtFirst = false

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    @_lifetime(self: copy self)
    mutating func openObject() throws(DownReportError) {
        guard next() == UInt8(ascii: "{") else { throw .malformed(offset: offset) }
        offset += 1
        isAtFirst = true
    }

    @_lifetime(self: copy self)
    mutating func openArray() throws(DownReportError) {
        guard next() == UInt8(ascii: "[") else { throw .malformed(offset: offset) }
        offset += 1
        isAtFirst = true
    }

    /// Where the next key of the object stands, without its quotes and with its escapes; nil at the
    /// end of the object.
    ///
    /// The value has to be taken or skipped before the next call.
    @_lifetime(self: copy self)
    mutating func nextKey() throws(DownReportError) -> Range<Int>? {
        guard let key = try nextString(before: UInt8(ascii: "}")) else { return nil }
        guard next() == UInt8(ascii: ":") else { throw .malformed(offset: offset) }
        offset += 1
        return key
    }

    /// Where the next string of an array of strings stands, without its quotes and with its escapes;
    /// nil at the end of the array.
    @_lifetime(self: copy self)
    mutating func nextString() throws(DownReportError) -> Range<Int>? {
        try nextString(before: UInt8(ascii: "]"))
    }

    @_lifetime(self: copy self)
    private mutating func nextString(before end: UInt8) throws(DownReportError) -> Range<Int>? {
        let isFirst = isAtFirst
        isAtFirst = false
        switch next() {
        case end:
            offset += 1
            return nil
        case UInt8(ascii: ",") where !isFirst:
            offset += 1
            guard next() == UInt8(ascii: "\"") else { throw .malformed(offset: offset) }
        case UInt8(ascii: "\"") where isFirst:
            break
        default:
            throw .malformed(offset: offset)
        }
        return try string()
    }

    @_lifetime(self: copy self)
    mutating func integer() throws(DownReportError) -> Int64 {
        let word = try word()
        var number: Int64 = 0
        let isNegative = bytes[word.lowerBound] == UInt8(ascii: "-")
        let digits = isNegative ? word.dropFirst() : word
        // 18 digits fit whatever they are.
        guard !digits.isEmpty, digits.count <= 18 else { throw .malformed(offset: word.lowerBound) }
        for index in digits {
            guard (0x30...0x39).contains(bytes[index]) else { throw .malformed(offset: index) }
            number = number * 10 + Int64(bytes[index] - 0x30)
        }
        return isNegative ? -number : number
    }

    @_lifetime(self: copy self)
    mutating func bool() throws(DownReportError) -> Bool {
        let word = try word()
        if bytes.extracting(word).equals("true") { return true }
        if bytes.extracting(word).equals("false") { return false }
        throw .malformed(offset: word.lowerBound)
    }

    /// Skips a value of any kind.
    @_lifetime(self: copy self)
    mutating func skipValue() throws(DownReportError) {
        var depth = 0
        repeat {
            switch next() {
            case UInt8(ascii: "\""): _ = try string()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                offset += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                offset += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw .malformed(offset: offset) }
                offset += 1
            default: _ = try word()
            }
        } while depth > 0
        guard depth == 0 else { throw .malformed(offset: offset) }
    }

    /// The byte at the next place that is no white space, or nil at the end.
    @_lifetime(self: copy self)
    private mutating func next() -> UInt8? {
        while offset < bytes.count {
            let byte = bytes[offset]
            guard byte == 0x20 || (0x09...0x0D).contains(byte) else { return byte }
            offset += 1
        }
        return nil
    }

    /// A string, whose first quote is next; where it stands between its quotes.
    @_lifetime(self: copy self)
    private mutating func string() throws(DownReportError) -> Range<Int> {
        let start = offset + 1
        var from = start
        while let quote = quote(from: from) {
            // An odd number of backslashes before it makes it a part of the string.
            var first = quote
            while first > start, bytes[first - 1] == UInt8(ascii: "\\") { first -= 1 }
            if (quote - first).isMultiple(of: 2) {
                offset = quote + 1
                return start..<quote
            }
            from = quote + 1
        }
        throw .malformed(offset: offset)
    }

    /// The place of the next quote at `from` or behind it.
    private func quote(from: Int) -> Int? {
        guard from < bytes.count else { return nil }
        let rest = bytes.extracting(from..<bytes.count)
        return unsafe rest.withUnsafeBytes { rest in
            guard let base = rest.baseAddress,
                let found = unsafe memchr(base, Int32(UInt8(ascii: "\"")), rest.count)
            else { return nil }
            return unsafe from + (UnsafeRawPointer(found) - base)
        }
    }

    /// A number or one of the words, of which at least one byte is there.
    @_lifetime(self: copy self)
    private mutating func word() throws(DownReportError) -> Range<Int> {
        _ = next()
        let start = offset
        var end = start
        while end < bytes.count, Self.isInWord(bytes[end]) { end += 1 }
        guard end > start else { throw .malformed(offset: start) }
        offset = end
        return start..<end
    }

    /// Digits, lower-case letters, `+`, `-`, `.` and `E`.
    private static func isInWord(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "E")
    }
}
