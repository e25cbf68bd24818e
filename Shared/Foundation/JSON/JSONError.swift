import Bytes

/// Why bytes are not the expected JSON.
package enum JSONError: Error, Equatable, CustomStringConvertible {
    /// The text breaks the grammar of RFC 8259 at a byte offset.
    case malformed(expected: String, offset: Int)
    /// Arrays and objects are nested deeper than the reader follows.
    case tooDeep(limit: Int)
    /// A field has a value of another type or range than expected.
    case unexpected(field: String, expected: String, actual: String)
    /// A required field is missing.
    case missing(field: String, expected: String)
    /// An object has an unknown key, most likely misspelt.
    case unknownKey(field: String, known: [String])
    /// An object has a key twice.
    case duplicateKey(field: String)
    /// Another error with its line in the text, counted from 1.
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

    /// The keys in order, without the duplicates of readers that ask for one twice.
    private static func list(_ keys: [String]) -> String {
        var text = ""
        for (index, key) in keys.enumerated()
        where !keys[..<index].contains(where: { $0.isSpelled(like: key) }) {
            text += index == 0 ? key : ", \(key)"
        }
        return text
    }

    /// This error with its line in `bytes`, the text that was read, if it can be determined.
    package func located(in bytes: [UInt8]) -> JSONError {
        JSONErrorLine.line(of: self, in: bytes).map { .inLine($0, self) } ?? self
    }
}
