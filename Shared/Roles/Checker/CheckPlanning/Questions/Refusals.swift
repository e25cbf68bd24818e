import Catalogs
import CheckStates

extension Visit {
    /// Files that were refused once in this visit, without any later answer.
    struct Refusals: Sendable {
        private var files: Set<FileID> = []
        /// The number of such files in each neighbourhood.
        private var counts: [Int: Int32] = [:]

        var isEmpty: Bool { files.isEmpty }
        /// The number of neighbourhoods that have such files.
        var neighbourhoodCount: Int { counts.count }

        func count(in neighbourhood: Int) -> Int32 { counts[neighbourhood] ?? 0 }

        mutating func insert(_ file: FileID, in neighbourhood: Int?) {
            guard files.insert(file).inserted, let neighbourhood else { return }
            counts[neighbourhood, default: 0] += 1
        }

        mutating func remove(_ file: FileID, in neighbourhood: Int?) {
            guard files.remove(file) != nil, let neighbourhood, let count = counts[neighbourhood]
            else { return }
            counts[neighbourhood] = count > 1 ? count - 1 : nil
        }

        /// Counts by the neighbourhoods of a newer catalog.
        mutating func renumber(by neighbourhoods: Neighbourhoods) {
            counts = [:]
            for file in files {
                if let number = neighbourhoods.number(of: file) { counts[number, default: 0] += 1 }
            }
        }
    }
}
