package import Time

/// The verdict on a mirror: a word, since when, a sentence, and a remedy.
package struct Verdict: Equatable, Sendable {
    /// The words in descending order of importance: the first that applies counts.
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
    /// Nil if unknown.
    package var since: Timestamp?
    /// The reason, as a sentence.
    package var sentence: String
    /// What to do about it; empty if nothing is necessary.
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

        /// A shape that is shown beside every colour.
        package var glyph: String {
            switch self {
            case .bad: "▲"
            case .warn: "◆"
            case .none: "○"
            case .ok: "●"
            }
        }
    }
}

extension Verdict.Word {
    /// The word on pages and for programs.
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

    /// A shape that is shown beside every colour.
    package var glyph: String { grade.glyph }

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
