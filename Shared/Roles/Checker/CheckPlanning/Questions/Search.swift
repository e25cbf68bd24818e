import Catalogs
import CheckStates

extension Visit {
    /// What an investigation has left to ask for in this visit.
    struct Search: Sendable {
        /// Files in question, and those that the investigation adds.
        var queue = FileQueue()
        var inFlightCount = 0
        /// Progress in the wider scopes.
        var sweep: Sweep?
        var newest: NewestScan?
        /// Random files of the investigation.
        var sampled = FileSet()
        /// Files of the wider scopes of the investigation.
        var swept = FileSet()
        /// Neighbourhoods with almost nothing left.
        var lostNeighbourhoods: Set<Int> = []
        /// Earlier records of files that were lost in this visit.
        private(set) var undo: [(file: FileID, record: FileJudge.Record)] = []

        /// The maximum number of losses in a visit that can be undone.
        private static let undoLimit = 512

        /// Whether there is a question that does not depend on pending answers.
        var hasMore: Bool { !queue.isEmpty || sweep != nil || newest?.hasMore == true }

        /// Remembers what was known of a file before it was lost.
        mutating func remember(_ file: FileID, _ record: FileJudge.Record) {
            if undo.count < Self.undoLimit { undo.append((file, record)) }
        }

        mutating func forgetLosses() { undo = [] }

        /// Ends the scans of the newest files and of the wider scopes.
        mutating func endScans() { (newest, sweep) = (nil, nil) }
    }
}
