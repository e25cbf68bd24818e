import JSON
package import Mirrors

/// The mirror list in formats that other programs read.
package enum MirrorListExport: String, CaseIterable, Sendable {
    /// `mirrors.json` as stored.
    case json
    /// YAML in the form that an import reads.
    case yaml
    /// mirmon's plain list: country and URL, a line for each access point of the enabled mirrors.
    case mirmon

    package func text(of list: MirrorList) -> String {
        switch self {
        case .json: return String(decoding: list.json.prettySerialized(), as: UTF8.self)
        case .yaml:
            var lines: [String] = []
            Self.append(list.json, indented: 0, to: &lines)
            return lines.joined(separator: "\n")
        case .mirmon:
            return list.enabledAccessPoints.map { mirror, point in
                "\(mirror.country.letters.lowercased()) \(point.baseURL)"
            }.joined(separator: "\n")
        }
    }

    private static func append(_ value: JSONValue, indented depth: Int, to lines: inout [String]) {
        let blanks = String(repeating: "  ", count: depth)
        switch value {
        case .object(let object) where !object.members.isEmpty:
            for member in object.members {
                if isBlock(member.value) {
                    lines.append("\(blanks)\(member.key.yamlKey):")
                    append(member.value, indented: depth + 1, to: &lines)
                } else {
                    lines.append("\(blanks)\(member.key.yamlKey): \(member.value)")
                }
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                guard isBlock(element) else {
                    lines.append("\(blanks)- \(element)")
                    continue
                }
                let start = lines.count
                append(element, indented: depth + 1, to: &lines)
                lines[start] = "\(blanks)- \(lines[start].dropFirst(2 * (depth + 1)))"
            }
        // Strings, numbers and the rest are written as JSON, which is valid YAML.
        default: lines.append("\(blanks)\(value)")
        }
    }

    /// Whether the value spans several lines.
    private static func isBlock(_ value: JSONValue) -> Bool {
        switch value {
        case .object(let object): !object.members.isEmpty
        case .array(let elements): !elements.isEmpty
        default: false
        }
    }
}

extension String {
    /// Quoted unless it is a plain word.
    fileprivate var yamlKey: String {
        let isWord = !isEmpty && utf8.allSatisfy { ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A }
        return isWord ? self : "\(JSONValue.string(self))"
    }
}
