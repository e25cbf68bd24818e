/// A table in its own box, which scrolls if the window is too narrow.
struct HTMLTable {
    struct Column {
        let title: String
        var isNumber = false
        /// Hidden on phones.
        var isWide = false

        init(_ title: String, isNumber: Bool = false, isWide: Bool = false) {
            self.title = title
            self.isNumber = isNumber
            self.isWide = isWide
        }

        fileprivate var classes: String {
            let names = (isNumber ? ["number"] : []) + (isWide ? ["wide"] : [])
            return names.isEmpty ? "" : " class=\"\(names.joined(separator: " "))\""
        }
    }

    private let columns: [Column]
    private var rows = ""

    /// The label of the box, for keyboard and screen reader users.
    private let label: String

    init(_ label: String, _ columns: [Column]) {
        self.label = label
        self.columns = columns
    }

    /// Adds a row of cells as markup; the first cell is the row's header.
    ///
    /// A cell that begins with `<td` has its own tag.
    mutating func add(_ cells: [String], id: String? = nil) {
        rows += id.map { "<tr id=\"\($0)\">" } ?? "<tr>"
        for (index, cell) in cells.enumerated() {
            if index == 0 {
                rows += "<th scope=\"row\"\(columns[index].classes)>\(cell)</th>"
            } else if cell.hasPrefix("<td") {
                rows += cell
            } else {
                rows += "<td\(columns[index].classes)>\(cell)</td>"
            }
        }
        rows += "</tr>\n"
    }

    var isEmpty: Bool { rows.isEmpty }

    var markup: String {
        let head = columns.map { "<th scope=\"col\"\($0.classes)>\(HTML.escaped($0.title))</th>" }
        return """
            <div class="scroll" role="region" aria-label="\(HTML.escaped(label))" tabindex="0">\
            <table>
            <thead><tr>\(head.joined())</tr></thead>
            <tbody>
            \(rows)</tbody></table></div>

            """
    }
}
