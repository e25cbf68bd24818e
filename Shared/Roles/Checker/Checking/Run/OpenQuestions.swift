import CheckPlanning
import HTTPTransport

/// The pending questions of a turn.
struct OpenQuestions {
    private var entries = TagTable<Entry>()
    /// Whether a folder listing is pending; there is at most one.
    private(set) var hasFolder = false

    private struct Entry {
        var planned: PlannedQuestion
        var generation: UInt32
    }

    /// Adds a question that refers to the catalog of a generation, and returns the tag for its
    /// answer.
    mutating func add(_ planned: PlannedQuestion, generation: UInt32) -> RequestTag {
        if case .folder = planned.subject { hasFolder = true }
        return entries.add(Entry(planned: planned, generation: generation))
    }

    /// Removes and returns the question that an answer belongs to; nil for an answer to a question
    /// of an earlier turn, whose tag may be that of another question by now.
    mutating func remove(_ answer: Answer) -> (
        planned: PlannedQuestion, generation: UInt32
    )? {
        guard let entry = entries[answer.tag], entry.planned.isAsked(as: answer.subject)
        else { return nil }
        if case .folder = entry.planned.subject { hasFolder = false }
        _ = entries.remove(answer.tag)
        return (entry.planned, entry.generation)
    }
}

extension PlannedQuestion {
    /// Whether transports are asked this with such a subject.
    fileprivate func isAsked(as subject: Question.Subject) -> Bool {
        switch (self.subject, subject) {
        case (.file(let file), .file(let other)): file == other
        case (.impossibleName, .impossibleName), (.folder, .listing): true
        default: false
        }
    }
}
