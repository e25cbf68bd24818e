import Bytes

extension JSONValue {
    /// The maximum nesting of arrays and objects.
    package static let nestingLimit = 64

    /// Reads one JSON text according to RFC 8259; only white space may follow it.
    ///
    /// Strings must be UTF-8. A duplicate key in an object is an error: readers that keep the first
    /// value and readers that keep the last would disagree about the same request.
    package init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
        var reader = JSONReader(Array(bytes))
        self = try reader.wholeText()
    }
}

/// A recursive-descent reader over a byte array.
private struct JSONReader {
    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func wholeText() throws(JSONError) -> JSONValue {
        let value = try value(depth: 0)
        skipWhitespace()
        guard offset == bytes.count else {
            throw .malformed(expected: "the end of the text", offset: offset)
        }
        return value
    }

    private var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

    private mutating func skipWhitespace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            offset += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
        guard depth < JSONValue.nestingLimit else { throw .tooDeep(limit: JSONValue.nestingLimit) }
        skipWhitespace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")):
            return try number()
        default: throw .malformed(expected: "a value", offset: offset)
        }
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in word.utf8 {
            guard take(byte) else { throw .malformed(expected: word, offset: offset) }
        }
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var object = JSONObject()
        var keys: Set<Key> = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(object) }
        while true {
            skipWhitespace()
            guard next == UInt8(ascii: "\"") else {
                throw .malformed(expected: "a key in double quotes", offset: offset)
            }
            let key = try string()
            guard keys.insert(Key(text: key)).inserted else { throw .duplicateKey(field: key) }
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else {
                throw .malformed(expected: "':' after a key", offset: offset)
            }
            object.append(key, try value(depth: depth + 1))
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return .object(object) }
            guard take(UInt8(ascii: ",")) else {
                throw .malformed(expected: "',' or '}'", offset: offset)
            }
        }
    }

    private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
        offset += 1
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else {
                throw .malformed(expected: "',' or ']'", offset: offset)
            }
        }
    }

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = offset
        var isInteger = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        if isInteger, let integer = Int64(decimal: bytes[start..<offset]) {
            return .integer(integer)
        }
        let text = String(decoding: bytes[start..<offset], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw .malformed(expected: "a number that a double can hold", offset: start)
        }
        return .number(number)
    }

    private mutating func digits() throws(JSONError) {
        let start = offset
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            offset += 1
        }
        guard offset > start else { throw .malformed(expected: "a digit", offset: offset) }
    }

    private mutating func string() throws(JSONError) -> String {
        offset += 1
        let start = offset
        var text: [UInt8] = []
        while let byte = next {
            offset += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw .malformed(expected: "a string in UTF-8", offset: start)
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20:
                throw .malformed(expected: "an escape for a control character", offset: offset - 1)
            default: text.append(byte)
            }
        }
        throw .malformed(expected: "'\"' at the end of a string", offset: offset)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
        guard let byte = next else {
            throw .malformed(expected: "an escape sequence", offset: offset)
        }
        offset += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: try escapedScalar())
        default: throw .malformed(expected: "an escape sequence", offset: offset - 1)
        }
    }

    /// The UTF-8 of a `\uXXXX` escape, or of two for a surrogate pair.
    private mutating func escapedScalar() throws(JSONError) -> [UInt8] {
        let start = offset
        let unit = try codeUnit()
        var value = UInt32(unit)
        if UTF16.isLeadSurrogate(unit) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                throw .malformed(expected: "the second half of a surrogate pair", offset: offset)
            }
            let trail = try codeUnit()
            guard UTF16.isTrailSurrogate(trail) else {
                throw .malformed(expected: "the second half of a surrogate pair", offset: start)
            }
            value = 0x1_0000 + ((value & 0x3FF) << 10) + (UInt32(trail) & 0x3FF)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw .malformed(expected: "a Unicode scalar", offset: start)
        }
        return Array(UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    }

    private mutating func codeUnit() throws(JSONError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = next.flatMap(Hexadecimal.value(ofDigit:)) else {
                throw .malformed(expected: "four hexadecimal digits", offset: offset)
            }
            unit = unit << 4 | UInt16(digit)
            offset += 1
        }
        return unit
    }
}

/// A key of an object, compared by its bytes.
private struct Key: Hashable {
    let text: String

    static func == (one: Key, other: Key) -> Bool { one.text.isSpelled(like: other.text) }

    func hash(into hasher: inout Hasher) {
        let bytes = text.utf8Span.span
        unsafe bytes.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
    }
}
