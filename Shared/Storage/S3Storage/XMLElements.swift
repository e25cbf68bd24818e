/// Finds elements in the XML of S3 servers' answers.
///
/// This is not an XML parser: it knows elements with text or child elements, and character
/// references, which is all that S3's answers contain. Anything else is not found.
struct XMLElements {
    /// What is between the tags.
    let content: Substring

    init(_ bytes: [UInt8]) {
        content = String(decoding: bytes, as: UTF8.self)[...]
    }

    private init(content: Substring) {
        self.content = content
    }

    /// The elements `name` at any depth, in order; none inside another one of that name.
    func all(_ name: String) -> [XMLElements] {
        var found: [XMLElements] = []
        var rest = content
        while let start = Self.range(of: "<\(name)>", in: rest) {
            let inside = rest[start.upperBound...]
            guard let end = Self.range(of: "</\(name)>", in: inside) else { break }
            found.append(XMLElements(content: inside[..<end.lowerBound]))
            rest = inside[end.upperBound...]
        }
        return found
    }

    /// Whether an element `name` begins anywhere, with or without attributes.
    func contains(_ name: String) -> Bool {
        Self.range(of: "<\(name)>", in: content) != nil
            || Self.range(of: "<\(name) ", in: content) != nil
            || Self.range(of: "<\(name)/>", in: content) != nil
    }

    /// Whether an element `name` begins, and ends at the very end, unlike in a truncated document.
    func isWhole(_ name: String) -> Bool {
        let end = "</\(name)>"
        let text = content.reversed().drop { $0.isWhitespace }
        return contains(name) && text.starts(with: end.reversed())
    }

    /// The text of the first element `name`.
    func text(_ name: String) -> String? {
        all(name).first.map { Self.resolved($0.content) }
    }

    private static func range(of text: String, in whole: Substring) -> Range<Substring.Index>? {
        let text = Array(text.utf8)
        var start = whole.utf8.startIndex
        while let candidate = whole.utf8[start...].firstIndex(of: text[0]) {
            if whole.utf8[candidate...].starts(with: text) {
                return candidate..<whole.utf8.index(candidate, offsetBy: text.count)
            }
            start = whole.utf8.index(after: candidate)
        }
        return nil
    }

    /// The text with its references replaced; an unknown one is left unchanged.
    private static func resolved(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return String(text) }
        var result = ""
        var rest = text
        while let ampersand = rest.firstIndex(of: "&") {
            result += rest[..<ampersand]
            rest = rest[ampersand...]
            guard let semicolon = rest.firstIndex(of: ";") else { break }
            let name = rest[rest.index(after: ampersand)..<semicolon]
            result += character(name).map { String($0) } ?? String(rest[...semicolon])
            rest = rest[rest.index(after: semicolon)...]
        }
        return result + rest
    }

    private static func character(_ reference: Substring) -> Character? {
        switch reference {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            guard reference.hasPrefix("#") else { return nil }
            let digits = reference.dropFirst()
            let value =
                digits.hasPrefix("x")
                ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
            return value.flatMap(Unicode.Scalar.init).map { Character($0) }
        }
    }
}
