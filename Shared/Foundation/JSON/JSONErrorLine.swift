/// Finds the line of a JSON text that caused an error, for an editor to go to.
package enum JSONErrorLine {
    /// The line, counted from 1, or nil if the error names no place in the text.
    ///
    /// For a missing field, this is the line of the object that should contain it; for malformed
    /// text, the line of the error.
    package static func line(of error: JSONError, in bytes: [UInt8]) -> Int? {
        switch error {
        case .malformed(_, let offset):
            return 1 + bytes.prefix(offset).count { $0 == newline }
        case .tooDeep: return nil
        case .inLine(let line, _): return line
        case .unexpected(let field, _, let actual) where actual.utf8.first == UInt8(ascii: "\""):
            guard let line = line(ofKeys: keys(of: field), in: bytes) else { return nil }
            return self.line(of: actual, from: line, in: bytes) ?? line
        case .unexpected(let field, _, _), .missing(let field, _), .unknownKey(let field, _),
            .duplicateKey(let field):
            return line(ofKeys: keys(of: field), in: bytes)
        }
    }

    /// The first line from `first` on that contains `token`.
    private static func line(of token: String, from first: Int, in bytes: [UInt8]) -> Int? {
        var line = 1
        for start in bytes.indices {
            if bytes[start] == newline { line += 1 }
            if line >= first, bytes[start...].starts(with: token.utf8) { return line }
        }
        return nil
    }

    private static let newline = UInt8(ascii: "\n")

    /// The keys of a place such as `"mirror.example.org".location.latitude`, as named by
    /// ``JSONFields``.
    private static func keys(of field: String) -> [String] {
        var keys: [String] = []
        var rest = field[...]
        while let first = rest.first {
            if first == "." { rest = rest.dropFirst() }
            if rest.first == "\"" {
                let key = rest.dropFirst().prefix { $0 != "\"" }
                keys.append(String(key))
                rest = rest.dropFirst(key.count + 2)
            } else {
                let key = rest.prefix { $0 != "." && $0 != "[" && $0 != " " }
                if !key.isEmpty { keys.append(String(key)) }
                // For an index in an array, the array's line will do.
                rest = rest.dropFirst(key.count).drop { $0 != "." }
            }
        }
        return keys
    }

    /// The line of the innermost of `keys` that is found, each inside the previous one.
    private static func line(ofKeys keys: [String], in bytes: [UInt8]) -> Int? {
        var (depth, found, line) = (0, 0, 1)
        var foundLine: Int?
        var position = 0
        while position < bytes.count, found < keys.count {
            switch bytes[position] {
            case newline: line += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                // The end of the object that should have contained the next key.
                if depth <= found, found > 0 { return foundLine }
            case UInt8(ascii: "\""):
                let end = endOfString(from: position, in: bytes)
                if depth == found + 1, isKey(endingAt: end, in: bytes),
                    bytes[position + 1..<max(end - 1, position + 1)].elementsEqual(keys[found].utf8)
                {
                    found += 1
                    foundLine = line
                }
                position = end - 1
            default: break
            }
            position += 1
        }
        return foundLine
    }

    /// The position after the closing quote of the string whose opening quote is at `start`.
    private static func endOfString(from start: Int, in bytes: [UInt8]) -> Int {
        var position = start + 1
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(position + 1, bytes.count)
    }

    /// Whether a colon follows, so that the string is the key of a member.
    private static func isKey(endingAt end: Int, in bytes: [UInt8]) -> Bool {
        bytes[end...].first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ":")
    }
}
