import Bytes

/// A reason why bytes are not the JSON that was asked for.
package enum JSONError: Error, Equatable, CustomStringConvertible {
    /// The text breaks the grammar of RFC 8259 at a byte offset.
    case malformed(expected: String, offset: Int)
    /// Arrays and objects are nested deeper than the reader follows.
    case tooDeep(limit: Int)
    /// A field has a value of another kind or range than its reader takes.
    case unexpected(field: String, expected: String, actual: String)
    /// A field that must be there is not.
    case missing(field: String, expected: String)
    /// An object holds a key that nobody reads, most likely misspelt.
    case unknownKey(field: String, known: [String])
    /// An object holds a key twice.
    case duplicateKey(field: String)
    /// One of the others, in this line of the text, the first one 1.
    indirect case inLine(Int, JSONError)

    package var description: String {
        switch self {
        case .malformed(let expected, let offset):
            "malformed JSON at byte \(offset): expected \(expected)"
        case .tooDeep(let limit):
            "JSON nested deeper than \(limit) levels"
        case .unexpected(let field, let expected, let actual):
            "\(field): expected \(expected), found \(actual)"
        case .missing(let field, let expected):
            "\(field) is missing: expected \(expected)"
        case .unknownKey(let field, let known):
            "\(field) is not a known key; known here: \(Self.list(known))"
        case .duplicateKey(let field):
            "\(field) is given twice"
        case .inLine(let line, let error):
            "line \(line): \(error)"
        }
    }

    /// The keys in their order, each once: a reader may ask for one twice.
    private static func list(_ keys: [String]) -> String {
        var text = ""
        for (index, key) in keys.enumerated()
        where !keys[..<index].contains(where: { $0.isSpelled(like: key) }) {
            text += index == 0 ? key : ", \(key)"
        }
        return text
    }

    /// The same error with the line of `bytes`, the text that was read, where it can be told.
    package func located(in bytes: [UInt8]) -> JSONError {
        JSONPlace.line(of: self, in: bytes).map { .inLine($0, self) } ?? self
    }
}
