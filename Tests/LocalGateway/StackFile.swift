import Foundation
import Yams

/// The functions of a faas-cli stack file, `template.yaml`.
struct StackFile: Equatable {
    /// One function as OpenFaaS would run it.
    struct Function: Equatable {
        let name: String
        var image = ""
        /// The command of the watchdog; nil for a function that is its own HTTP server.
        var process: String?
        var environment: [String: String] = [:]
        var labels: [String: String] = [:]
        var annotations: [String: String] = [:]
        var secrets: [String] = []
        var limits: [String: String] = [:]
        var hasReadOnlyRoot = false
        /// All keys of the function in the file.
        var keys: Set<String> = []
    }

    /// Why a text is not a stack file.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case notYAML(String)
        case unexpected(String, expected: String)

        var description: String {
            switch self {
            case .notYAML(let reason): "the stack file is not YAML: \(reason)"
            case .unexpected(let field, let expected):
                "the stack file has something else at \(field): expected \(expected)"
            }
        }
    }

    /// In the order of the file.
    let functions: [Function]

    /// Parses `text` as faas-cli does: variables first, then YAML, in which every value is a
    /// string.
    init(_ text: String, variables: [String: String]) throws {
        let substituted = try Substitution.apply(to: text, variables: variables)
        let root: Node
        do {
            root = try Yams.compose(yaml: substituted) ?? ""
        } catch {
            throw Failure.notYAML("\(error)")
        }
        guard [nil, "1.0"].contains(root["version"]?.scalar?.string) else {
            throw Failure.unexpected("version", expected: "1.0")
        }
        guard root["provider"]?["name"]?.string == "openfaas" else {
            throw Failure.unexpected("provider.name", expected: "openfaas")
        }
        guard let entries = root["functions"]?.mapping else {
            throw Failure.unexpected("functions", expected: "a mapping of names to functions")
        }
        functions = try entries.map { key, node in
            guard let name = key.string, let mapping = node.mapping else {
                throw Failure.unexpected("functions", expected: "a mapping for each name")
            }
            return Function(
                name: name,
                image: node["image"]?.string ?? "",
                process: node["fprocess"]?.string,
                environment: try Self.strings(node["environment"], at: "\(name).environment"),
                labels: try Self.strings(node["labels"], at: "\(name).labels"),
                annotations: try Self.strings(node["annotations"], at: "\(name).annotations"),
                secrets: try Self.list(node["secrets"], at: "\(name).secrets"),
                limits: try Self.strings(node["limits"], at: "\(name).limits"),
                hasReadOnlyRoot: node["readonly_root_filesystem"]?.string == "true",
                keys: Set(mapping.keys.compactMap(\.string))
            )
        }
    }

    private static func list(_ node: Node?, at field: String) throws(Failure) -> [String] {
        guard let node else { return [] }
        guard let sequence = node.sequence else { throw .unexpected(field, expected: "a list") }
        return sequence.compactMap(\.string)
    }

    private static func strings(_ node: Node?, at field: String) throws(Failure) -> [String: String]
    {
        guard let node else { return [:] }
        guard let mapping = node.mapping else { throw .unexpected(field, expected: "a mapping") }
        var strings: [String: String] = [:]
        for (key, value) in mapping {
            guard let name = key.scalar?.string, let text = value.scalar?.string else {
                throw .unexpected(field, expected: "strings")
            }
            strings[name] = text == "~" ? "" : text
        }
        return strings
    }
}
