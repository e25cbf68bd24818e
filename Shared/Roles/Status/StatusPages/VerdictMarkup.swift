import Mirrors
import StatusFacts

extension Verdict {
    /// The shape and the word, in the colour of its grade.
    var markup: String {
        "<span class=\"s \(word.grade.rawValue)\">\(word.glyph) \(word.text)</span>"
    }

    /// A cell of a table: word, and why.
    var cell: String {
        "<td class=\"s \(word.grade.rawValue) w\">\(word.glyph) \(word.text)"
            + " <small>\(HTML.escaped(sentence))</small></td>"
    }
}

extension MirrorFacts {
    /// The head of the mirror's row, with a link to its page; on phones its country and state stand
    /// in it, too.
    ///
    /// What is in order needs no sentence there.
    func rowHead(root: String = "") -> String {
        let why = verdict.word.isProblem ? " <small>\(HTML.escaped(verdict.sentence))</small>" : ""
        return "<a href=\"\(root)m/\(id).html\">\(HTML.name(mirror.name))</a> <small>\(id)</small>"
            + " <span class=\"phone\">\(verdict.markup)"
            + " \(mirror.country)\(why)</span>"
    }

    /// How complete it is, in percent.
    var completeText: String { isPartial ? "a part" : completeness?.percentText ?? "–" }

    /// What protocols it has.
    var schemes: String {
        Set(mirror.accessPoints.map(\.scheme.rawValue)).sorted().joined(separator: " ")
    }
}
