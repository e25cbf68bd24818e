import Catalogs
import CheckPlanning

/// The questions of a turn that were asked and not answered.
struct OpenQuestions {
    private var files: [FileID: Entry] = [:]
    private var names: [Entry] = []
    private var folder: Entry?

    private struct Entry {
        var asking: Asking
        var generation: UInt32
    }

    /// Whether a folder's listing is awaited; of those there is one at a time.
    var hasFolder: Bool { folder != nil }

    /// Adds a question that was put by the catalog of a generation.
    mutating func add(_ asking: Asking, generation: UInt32) {
        let entry = Entry(asking: asking, generation: generation)
        switch asking.subject {
        case .file(let file): files[file] = entry
        case .impossibleName: names.append(entry)
        case .folder: folder = entry
        }
    }

    /// The question that an answer belongs to; it is open no more.
    mutating func remove(_ subject: Question.Subject) -> (asking: Asking, generation: UInt32)? {
        let entry: Entry? =
            switch subject {
            case .file(let file): files.removeValue(forKey: file)
            case .impossibleName: names.popLast()
            case .listing: folder.take()
            case .base, .knownFile: nil
            }
        return entry.map { ($0.asking, $0.generation) }
    }
}
