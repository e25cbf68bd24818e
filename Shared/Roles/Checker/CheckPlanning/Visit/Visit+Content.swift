import Catalogs
import CheckStates
import Mirrors
import Time

// Mutable files. A server that sends no times, or other times than the master's, identifies a file
// only by length; if the old version may have had the same length, the file itself is fetched.
extension Visit {
    /// Asks for the content of a file after an answer that says nothing without it.
    mutating func askForContent(of file: FileID, _ planned: PlannedQuestion) {
        inFlight.insert(file)
        if planned.urgency == .doubt { search.inFlightCount += 1 }
        var next = planned
        next.wantsContent = true
        contentQueue.append(next)
    }

    mutating func takeContents(
        _ limit: Int,
        upTo least: Urgency,
        into plannedQuestions: inout [PlannedQuestion]
    ) {
        while plannedQuestions.count < limit,
            let index = contentQueue.firstIndex(where: { $0.urgency <= least })
        {
            plannedQuestions.append(contentQueue.remove(at: index))
        }
    }

    /// Discards verdicts on mutable files that were made under other classes of files.
    ///
    /// A state of a version without proof by content is trusted except where that matters: for
    /// files replaced by one of the same length.
    mutating func judgeClassesAnew() {
        let mark = policy.classesMark
        guard state.memory.classesMark != mark else { return }
        defer { state.memory.classesMark = mark }
        let isOld = state.memory.classesMark == 0
        for index in 0..<min(state.count, catalog.count) {
            let file = FileID(UInt32(index))
            guard mutableFiles.contains(file), state.outcome(of: file) == .present else {
                continue
            }
            if isOld, !catalog.hasKeptLength(file) { continue }
            state[file] = .never
        }
    }
}

extension Catalog {
    /// Whether the file was replaced by one of the same length.
    fileprivate func hasKeptLength(_ file: FileID) -> Bool {
        previousVersion(of: file).map { $0.byteCount == byteCount(of: file) } ?? false
    }
}
