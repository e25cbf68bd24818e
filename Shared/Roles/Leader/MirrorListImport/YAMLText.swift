import JSON

/// Reads the part of YAML that lists are written in: block mappings and block sequences of scalars.
///
/// Keys and scalars are plain, `'quoted'` or `"quoted"` (with the escapes of JSON); `true`, `false`, `null`,
/// integers, `[]` and `{}` are what they look like; `#` after a blank begins a comment. Everything else of
/// YAML is refused by line: flow collections, anchors and aliases (which can expand without end), tags, block
/// scalars, several documents, tabs in front. A library that reads them all would be more code from outside, in
/// C, than what is read with it is worth.
enum YAMLText {
    struct Problem: Error {
        let line: Int
        let reason: String
    }

    /// A line that holds something: what follows its blanks, comments taken off.
    fileprivate struct Line {
        let number: Int
        var indentation: Int
        var text: Substring
    }

    static func value(of bytes: some Sequence<UInt8>) throws -> JSONValue {
        guard let text = String(validating: Array(bytes), as: UTF8.self) else {
            throw Problem(line: 1, reason: "the text is not UTF-8")
        }
        var lines: [Line] = []
        let raw = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        for (index, line) in raw.enumerated() {
            let content = line.drop { $0 == " " }
            guard content.first != "\t" else {
                throw Problem(line: index + 1, reason: "a tab in front; only blanks may be")
            }
            let text = withoutComment(content)
            guard !text.isEmpty, !(lines.isEmpty && text == "---") else { continue }
            lines.append(
                Line(number: index + 1, indentation: line.count - content.count, text: text)
            )
        }
        guard let first = lines.first else { throw Problem(line: 1, reason: "it is empty") }
        var rest = lines[...]
        let value = try block(&rest, indentation: first.indentation, depth: 0)
        if let line = rest.first {
            throw Problem(line: line.number, reason: "it is less indented than what it belongs to")
        }
        return value
    }

    /// Takes the lines of one collection, which are all as far indented as the first.
    private static func block(
        _ lines: inout ArraySlice<Line>,
        indentation: Int,
        depth: Int
    ) throws -> JSONValue {
        guard let first = lines.first else { return .null }
        guard depth < JSONValue.nestingLimit else {
            throw Problem(line: first.number, reason: "nested too deep")
        }
        if first.isElement {
            var elements: [JSONValue] = []
            while let line = lines.first, line.indentation == indentation, line.isElement {
                elements.append(try element(&lines, line, depth: depth))
            }
            return .array(elements)
        }
        guard first.pair != nil else {
            lines.removeFirst()
            return try scalar(first.text, first.number)
        }
        var object = JSONObject()
        while let line = lines.first, line.indentation == indentation, !line.isElement {
            guard let pair = line.pair else {
                throw Problem(line: line.number, reason: "expected \"key: value\"")
            }
            guard case .string(let key) = try scalar(pair.key, line.number, isKey: true) else {
                throw Problem(line: line.number, reason: "the key is no text")
            }
            guard object[key] == nil else {
                throw Problem(line: line.number, reason: "\"\(key)\" is there twice")
            }
            lines.removeFirst()
            object.append(key, try member(&lines, pair.value, of: line, depth: depth))
        }
        return .object(object)
    }

    /// The value of a member: behind its key, or in the lines that follow.
    private static func member(
        _ lines: inout ArraySlice<Line>,
        _ text: Substring,
        of line: Line,
        depth: Int
    ) throws -> JSONValue {
        guard text.isEmpty else { return try scalar(text, line.number) }
        guard let next = lines.first else { return .null }
        let isInside =
            next.indentation > line.indentation
            || next.indentation == line.indentation && next.isElement
        guard isInside else { return .null }
        return try block(&lines, indentation: next.indentation, depth: depth + 1)
    }

    /// What follows a hyphen: a scalar, a mapping that begins on the same line, or the lines that follow.
    private static func element(
        _ lines: inout ArraySlice<Line>,
        _ line: Line,
        depth: Int
    ) throws -> JSONValue {
        let content = line.text.dropFirst().drop { $0 == " " }
        if content.isEmpty {
            lines.removeFirst()
            return try member(&lines, "", of: line, depth: depth)
        }
        // As if the hyphen were a blank.
        let inner = line.indentation + line.text.count - content.count
        lines[lines.startIndex] = Line(number: line.number, indentation: inner, text: content)
        return try block(&lines, indentation: inner, depth: depth + 1)
    }

    private static func scalar(
        _ text: Substring,
        _ line: Int,
        isKey: Bool = false
    ) throws -> JSONValue {
        switch text.first {
        case "\"":
            do {
                return try JSONValue(parsing: text.utf8)
            } catch {
                throw Problem(line: line, reason: "\(error)")
            }
        case "'":
            let inner = text.dropFirst().dropLast()
            guard text.count >= 2, text.last == "'",
                !inner.replacing("''", with: "").contains("'")
            else { throw Problem(line: line, reason: "a quote without its end") }
            return .string(String(inner.replacing("''", with: "'")))
        case let first? where "[{&*!|>%@`,]}?".contains(first):
            if !isKey, text == "[]" { return .array([]) }
            if !isKey, text == "{}" { return .object([:]) }
            throw Problem(
                line: line,
                reason: "\"\(first)\" begins a kind of YAML that is not read here"
            )
        default: break
        }
        guard !isKey else { return .string(String(text)) }
        return switch text {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null", "~", "": .null
        default: Int64(text).map { .integer($0) } ?? .string(String(text))
        }
    }

    /// The line without its comment, and without the blanks at its end.
    private static func withoutComment(_ line: Substring) -> Substring {
        var quote: Character?
        var before: Character = " "
        var end = line.endIndex
        for index in line.indices {
            let character = line[index]
            if let open = quote {
                if character == open, open == "'" || before != "\\" { quote = nil }
            } else if character == "#", before == " " {
                end = index
                break
            } else if character == "\"" || character == "'", before == " " {
                quote = character
            }
            before = before == "\\" && character == "\\" ? " " : character
        }
        let content = line[..<end]
        let last = content.lastIndex { $0 != " " && $0 != "\r" }
        return last.map { content[...$0] } ?? content.prefix(0)
    }
}

extension YAMLText.Line {
    fileprivate var isElement: Bool { text == "-" || text.hasPrefix("- ") }

    /// The key and what follows its colon, or nil where the line has no key.
    fileprivate var pair: (key: Substring, value: Substring)? {
        var end = text.startIndex
        if let quote = text.first, quote == "\"" || quote == "'" {
            guard let closing = text.dropFirst().firstIndex(of: quote) else { return nil }
            end = text.index(after: closing)
            guard end < text.endIndex, text[end] == ":" else { return nil }
        } else {
            guard
                let colon = text.indices.first(where: { index in
                    let next = text.index(after: index)
                    return text[index] == ":" && (next == text.endIndex || text[next] == " ")
                })
            else { return nil }
            end = colon
        }
        return (text[..<end], text[end...].dropFirst().drop { $0 == " " })
    }
}
