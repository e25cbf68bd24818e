/// The substitution of variables by faas-cli in the text of a stack file, including its comments,
/// before it is parsed as YAML.
///
/// The forms are `${V}`, `${V:-d}`, `${V:=d}` and `${V=d}`, where the default is also used for an
/// empty value, and `$$` for a single `$`. An unset variable is empty. Any other `$` is kept.
enum Substitution {
    /// A `${` that is not closed, or an unknown form.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case missingClosingBrace(line: Int)
        case unknownForm(String, line: Int)

        var description: String {
            switch self {
            case .missingClosingBrace(let line):
                "line \(line): ${ without a closing brace (variables are replaced in comments too)"
            case .unknownForm(let form, let line):
                "line \(line): ${\(form)} is not understood: expected ${NAME} or ${NAME:-default}"
            }
        }
    }

    static func apply(
        to text: String,
        variables: [String: String]
    ) throws(Failure) -> String {
        var result = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                result += "$"
                rest = rest.dropFirst()
            } else if rest.first == "{" {
                let line = 1 + text[..<dollar].count { $0.isNewline }
                guard let close = rest.firstIndex(of: "}") else {
                    throw .missingClosingBrace(line: line)
                }
                result += try value(of: rest[..<close].dropFirst(), variables, line: line)
                rest = rest[rest.index(after: close)...]
            } else {
                result += "$"
            }
        }
        return result + rest
    }

    private static func value(
        of form: Substring,
        _ variables: [String: String],
        line: Int
    ) throws(Failure) -> String {
        let name = form.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        let value = variables[String(name)] ?? ""
        let rest = form[name.endIndex...]
        guard !name.isEmpty else { throw .unknownForm(String(form), line: line) }
        if rest.isEmpty { return value }
        for mark in [":-", ":=", "="] where rest.hasPrefix(mark) {
            return value.isEmpty ? String(rest.dropFirst(mark.count)) : value
        }
        throw .unknownForm(String(form), line: line)
    }
}
