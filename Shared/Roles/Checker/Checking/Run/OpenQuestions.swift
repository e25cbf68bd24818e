import Catalogs
import CheckPlanning

/// The pending questions of a turn.
struct OpenQuestions {
    private var files: [FileID: Entry] = [:]
    private var names: [Entry] = []
    private var folder: Entry?

    private struct Entry {
        var asking: Asking
        var generation: UInt32
    }

    /// Whether a folder listing is pending; there is at most one.
    var hasFolder: Bool { folder != nil }

    /// Adds a question that refers to the catalog of a generation.
    mutating func add(_ asking: Asking, generation: UInt32) {
        let entry = Entry(asking: asking, generation: generation)
        switch asking.subject {
        case .file(let file): files[file] = entry
        case .impossibleName: names.append(entry)
        case .folder: folder = entry
        }
    }

    /// Removes and returns the question that an answer belongs to.
    mutating func remove(_ subject: Question.Subject) -> (asking: Asking, generation: UInt32)? {
        let entry: Entry? =
            switch subject {
            case .file(let file): files.removeValue(forKey: file)
            case .impossibleName: names.popLast()
            case .listing: folder.take()
            case .base, .knownFile, .sample: nil
            }
        return entry.map { ($0.asking, $0.generation) }
    }
}
