import Catalogs
import CheckStates
import Mirrors
import Time

// Files that change under their names. A server that tells no times, or other ones than the
// master's, says by length alone what it has; where that may be what was there before, the file
// itself is fetched.
extension Visit {
    /// Asks for the content of a file of which an answer came that says nothing without.
    mutating func askForContent(of file: FileID, _ asking: Asking) {
        inFlight.insert(file)
        if asking.urgency == .doubt { doubtInFlight += 1 }
        var next = asking
        next.wantsContent = true
        contentQueue.append(next)
    }

    mutating func takeContents(_ limit: Int, upTo least: Urgency, into askings: inout [Asking]) {
        while askings.count < limit,
            let index = contentQueue.firstIndex(where: { $0.urgency <= least })
        {
            askings.append(contentQueue.remove(at: index))
        }
    }

    /// Forgets what was made out of mutable files by other classes of files than those of now.
    ///
    /// A state of a version that knew no proof by content is trusted but where that matters: for
    /// files whose replacement has the same length.
    mutating func judgeClassesAnew() {
        let mark = policy.classesMark
        guard state.memory.classesMark != mark else { return }
        defer { state.memory.classesMark = mark }
        let isOld = state.memory.classesMark == 0
        for index in 0..<min(state.count, catalog.count) {
            let file = FileID(UInt32(index))
            guard policy.mutableFiles.contains(file), state.outcome(of: file) == .present else {
                continue
            }
            if isOld, !catalog.hasKeptLength(file) { continue }
            state[file] = .never
        }
    }
}

extension Catalog {
    /// Whether the content of a file was replaced by as much.
    fileprivate func hasKeptLength(_ file: FileID) -> Bool {
        previousVersion(of: file).map { $0.byteCount == byteCount(of: file) } ?? false
    }
}
