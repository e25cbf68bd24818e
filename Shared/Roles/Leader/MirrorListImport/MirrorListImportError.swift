/// Why bytes are not a mirror list.
package enum MirrorListImportError: Error, Equatable, CustomStringConvertible {
    case tooLarge(byteCount: Int, limit: Int)
    /// The XML is not well-formed.
    case malformed(line: Int, reason: String)
    /// The root element is another one.
    case wrongRoot(expected: String, actual: String)
    /// A document type declaration, which could declare entities that expand without end or read
    /// files; the list has none.
    case documentType
    /// A text encoding that could hide the bytes of a declaration.
    case wrongEncoding(expected: String)
    /// The list exceeds a limit; `position` is the line or element at which it does.
    case tooMany(String, limit: Int, position: String)
    /// An element lacks a required part.
    case incomplete(line: Int, expected: String)
    /// A JSON or YAML text is not a mirror list.
    case badList(format: String, reason: String)

    package var description: String {
        switch self {
        case .tooLarge(let byteCount, let limit):
            "the mirror list has \(byteCount) bytes, at most \(limit) are accepted"
        case .malformed(let line, let reason):
            "the mirror list is not well-formed XML: line \(line): \(reason)"
        case .wrongRoot(let expected, let actual):
            "this is not a mirror list: expected a root element <\(expected)>, found <\(actual)>"
        case .documentType:
            "the mirror list has a document type declaration, which is "
                + "refused: it could declare entities"
        case .wrongEncoding(let expected):
            "the mirror list is in another encoding than \(expected)"
        case .tooMany(let things, let limit, let position):
            "the mirror list has more than \(limit) \(things): \(position)"
        case .incomplete(let line, let expected):
            "the mirror list is incomplete: line \(line): expected \(expected)"
        case .badList(let format, let reason):
            "the mirror list, read as \(format), cannot be used: \(reason)"
        }
    }
}
