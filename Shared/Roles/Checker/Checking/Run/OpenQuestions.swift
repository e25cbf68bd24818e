import Catalogs
import CheckPlanning

/// The pending questions of a turn.
struct OpenQuestions {
    private var files = FileTable<Entry>()
    private var names: [Entry] = []
    private var folder: Entry?

    private struct Entry {
        var planned: PlannedQuestion
        var generation: UInt32
    }

    /// Whether a folder listing is pending; there is at most one.
    var hasFolder: Bool { folder != nil }

    /// Adds a question that refers to the catalog of a generation.
    mutating func add(_ planned: PlannedQuestion, generation: UInt32) {
        let entry = Entry(planned: planned, generation: generation)
        switch planned.subject {
        case .file(let file): files.set(entry, for: file)
        case .impossibleName: names.append(entry)
        case .folder: folder = entry
        }
    }

    /// Removes and returns the question that an answer belongs to.
    mutating func remove(_ subject: Question.Subject) -> (
        planned: PlannedQuestion, generation: UInt32
    )? {
        let entry: Entry? =
            switch subject {
            case .file(let file): files.remove(file)
            case .impossibleName: names.popLast()
            case .listing: folder.take()
            case .base, .knownFile, .sample: nil
            }
        return entry.map { ($0.planned, $0.generation) }
    }
}
