extension Setting {
    /// The default as text; empty if there is none.
    package var standardText: String {
        switch standard {
        case .number(let number): "`\(number)`"
        case .text(let text): "`\(text)`"
        case .described(let words): words
        case .nothing: ""
        case .required: "required"
        }
    }

    /// What the variable may contain.
    package var formText: String {
        switch form {
        case .text(let example): "such as `\(example)`"
        case .word(let words): words.map { "`\($0)`" }.joined(separator: ", ")
        case .integer(let range, let unit):
            (range.upperBound == .max
                ? "\(range.lowerBound) or more" : "\(range.lowerBound) to \(range.upperBound)")
                + (unit.map { " \($0)" } ?? "")
        }
    }

    /// The variables of the program `name` for its `--help`, below "Environment:".
    package static func help(of name: String) -> String {
        var lines = ["Environment:"]
        for setting in all(of: name) {
            var text = setting.meaning
            if !setting.standardText.isEmpty { text += " (\(setting.standardText))" }
            text = withoutMarkup(text)
            let label = "  \(setting.name)"
            let isLong = label.utf8.count > helpIndent - 2
            let padding = String(repeating: " ", count: max(helpIndent - label.utf8.count, 0))
            let first = isLong ? [label] : []
            let wrapped = wrap(text, width: helpWidth - helpIndent)
            let indent = String(repeating: " ", count: helpIndent)
            lines += first
            for (index, line) in wrapped.enumerated() {
                lines.append(index == 0 && !isLong ? label + padding + line : indent + line)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// `text` without backticks and links, which are only for the documentation.
    private static func withoutMarkup(_ text: String) -> String {
        var plain = ""
        var rest = text[...]
        while let end = rest.firstIndex(of: "]") {
            plain += rest[..<end]
            rest = rest[end...].dropFirst()
            if rest.first == "(" {
                rest = rest.drop { $0 != ")" }.dropFirst()
            } else {
                plain += "]"
            }
        }
        return (plain + rest).filter { $0 != "`" && $0 != "[" }
    }

    private static let helpIndent = 27
    private static let helpWidth = 80

    /// `text` in lines of at most `width` characters, unless a single word is longer.
    private static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        for word in text.split(separator: " ") {
            if let last = lines.last, last.count + 1 + word.count <= width {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
        return lines
    }
}
