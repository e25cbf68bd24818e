import Mirrors
import StatusFacts

extension Verdict {
    /// The shape and the word in the colour of the grade.
    var markup: String {
        "<span class=\"state \(word.grade.rawValue)\">\(word.glyph) \(word.text)</span>"
    }
}

extension MirrorFacts {
    /// The header of the mirror's row: a link to its page, with its state beside the name or, on
    /// phones, below it.
    ///
    /// It is one cell for all widths, so that browsers without style sheets show the state once. A
    /// good state needs no sentence there.
    func rowHead(root: String = "") -> String {
        let why = verdict.word.isProblem ? " <small>\(HTML.escaped(verdict.sentence))</small>" : ""
        return "<div class=\"mirror\"><div><a href=\"\(root)m/\(id).html\">"
            + "\(HTML.name(mirror.name))</a> <small>\(id), \(mirror.country)</small></div> "
            + "<div>\(verdict.markup)\(why)</div></div>"
    }

    /// Its completeness in percent.
    var completeText: String { isPartial ? "a part" : completeness?.percentText ?? "–" }

    /// Its protocols.
    var schemes: String {
        Set(mirror.accessPoints.map(\.scheme.rawValue)).sorted().joined(separator: " ")
    }
}
