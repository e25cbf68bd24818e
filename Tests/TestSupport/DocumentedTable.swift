import Foundation

/// A table in a document that a test generates: between `<!-- name -->` and `<!-- end of name -->`.
///
/// With `UPDATE_TABLES` in the environment the test writes the table; otherwise it compares both.
package struct DocumentedTable {
    private let url: URL
    private let text: String
    private let place: Range<String.Index>

    package struct Missing: Error {
        package let mark: String
        package let document: String
    }

    /// `document` is a path in this repository.
    package init(_ name: String, in document: String) throws {
        url = URL(fileURLWithPath: "\(Repository.root)/\(document)")
        text = try String(contentsOf: url, encoding: .utf8)
        guard let start = text.range(of: "<!-- \(name) -->\n"),
            let end = text.range(of: "<!-- end of \(name) -->")
        else { throw Missing(mark: name, document: document) }
        place = start.upperBound..<end.lowerBound
    }

    /// The table in the document, or `actual` if the test was asked to write it there.
    private func documented(for actual: String) throws -> String {
        guard ProcessInfo.processInfo.environment["UPDATE_TABLES"] != nil else {
            return String(text[place])
        }
        try (text[..<place.lowerBound] + actual + text[place.upperBound...])
            .write(to: url, atomically: true, encoding: .utf8)
        return actual
    }

    /// The rows of `actual` that are not in the document, and those that are only in the document,
    /// each with a sign; empty if both are the same.
    package func differences(from actual: String) throws -> [String] {
        let documented = try documented(for: actual).split(separator: "\n")
        let rows = actual.split(separator: "\n")
        return documented.filter { !rows.contains($0) }.map { "- \($0)" }
            + rows.filter { !documented.contains($0) }.map { "+ \($0)" }
    }

    /// A Markdown table; subjects whose other columns are equal share a row, and the first column
    /// is written once per row.
    package static func markdown(
        _ columns: [String],
        _ rows: [(first: String, subject: String, outcomes: [String])],
        allSubjects: [String]
    ) -> String {
        var groups: [(first: String, subjects: [String], outcomes: [String])] = []
        for row in rows {
            if let index = groups.firstIndex(where: {
                $0.first == row.first && $0.outcomes == row.outcomes
            }) {
                groups[index].subjects.append(row.subject)
            } else {
                groups.append((row.first, [row.subject], row.outcomes))
            }
        }
        let lines = groups.map { group in
            let subjects =
                group.subjects == allSubjects ? "all" : group.subjects.joined(separator: ", ")
            return [group.first, subjects] + group.outcomes
        }
        return ([columns, columns.map { _ in "---" }] + lines).map { cells in
            cells[0] == "---"
                ? "|" + cells.joined(separator: "|") + "|\n"
                : "| " + cells.joined(separator: " | ") + " |\n"
        }.joined()
    }
}
