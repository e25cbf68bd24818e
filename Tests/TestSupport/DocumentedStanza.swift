import Foundation

/// A piece of configuration or a command in a document, so that tests run exactly what people read:
/// the fenced block after `<!-- stanza: name -->`.
package struct DocumentedStanza: Sendable {
    package enum Fault: Error {
        case missing(name: String, document: String)
        case without(String, name: String)
    }

    package let name: String
    /// Without its fences; ends in a newline.
    package let text: String

    /// `document` is a path in this repository.
    package init(_ name: String, in document: String) throws {
        self.name = name
        let page = try String(contentsOfFile: "\(Repository.root)/\(document)", encoding: .utf8)
        guard let mark = page.range(of: "<!-- stanza: \(name) -->\n```"),
            let start = page[mark.upperBound...].firstIndex(of: "\n").map(page.index(after:)),
            let end = page[start...].range(of: "\n```\n")
        else { throw Fault.missing(name: name, document: document) }
        text = page[start..<end.lowerBound] + "\n"
    }

    /// The names of all stanzas in `document`, in their order.
    package static func names(in document: String) throws -> [String] {
        let page = try String(contentsOfFile: "\(Repository.root)/\(document)", encoding: .utf8)
        return page.split(separator: "\n").compactMap { line in
            guard line.hasPrefix("<!-- stanza: "), line.hasSuffix(" -->") else { return nil }
            return String(line.dropFirst(13).dropLast(4))
        }
    }

    /// The stanza with each key of `places`, which must occur in it, replaced by the test's own
    /// value.
    package func filled(_ places: KeyValuePairs<String, String>) throws -> String {
        var text = text
        for (place, value) in places {
            guard text.contains(place) else { throw Fault.without(place, name: name) }
            text.replace(place, with: value)
        }
        return text
    }
}
