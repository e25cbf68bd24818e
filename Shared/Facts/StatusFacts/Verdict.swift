package import Time

/// What is to be said of a mirror: one word, since when, a sentence and what helps.
package struct Verdict: Equatable, Sendable {
    /// The words, the weightiest first: of those that apply the first one counts.
    package enum Word: String, Sendable, CaseIterable {
        case disabled
        case notListed = "not-listed"
        case down
        case refusesUs = "refuses-us"
        case notItself = "not-itself"
        case empty
        case behind
        case incomplete
        case notAsked = "not-asked"
        case partlyDown = "partly-down"
        case inUse = "in-use"
    }

    package var word: Word
    /// Nil where nobody noted it.
    package var since: Timestamp?
    /// Why, in a sentence.
    package var sentence: String
    /// What to do about it; empty where nothing is to be done.
    package var remedy: String

    package init(_ word: Word, since: Timestamp? = nil, _ sentence: String, remedy: String = "") {
        self.word = word
        self.since = since
        self.sentence = sentence
        self.remedy = remedy
    }
}

extension Verdict {
    /// How bad it is.
    package enum Grade: String, Sendable, CaseIterable {
        case bad
        case warn
        case none
        case ok
    }
}

extension Verdict.Word {
    /// The word that pages and programs show.
    package var text: String {
        switch self {
        case .disabled: "disabled"
        case .notListed: "not in the list"
        case .down: "down"
        case .refusesUs: "refuses us"
        case .notItself: "not itself"
        case .empty: "empty"
        case .behind: "behind"
        case .incomplete: "incomplete"
        case .notAsked: "not asked in time"
        case .partlyDown: "partly down"
        case .inUse: "in use"
        }
    }

    /// A shape that stands beside every colour.
    package var glyph: String {
        switch grade {
        case .bad: "▲"
        case .warn: "◆"
        case .none: "○"
        case .ok: "●"
        }
    }

    package var grade: Verdict.Grade {
        switch self {
        case .down, .refusesUs, .notItself, .empty: .bad
        case .behind, .incomplete, .notAsked, .partlyDown: .warn
        case .disabled, .notListed: .none
        case .inUse: .ok
        }
    }

    /// Whether an operator should look at it.
    package var isProblem: Bool { grade == .bad || grade == .warn }
}
