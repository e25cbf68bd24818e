import Catalogs
import CheckStates
import Mirrors
import Time

/// The removed files that may be served, in words of 64 as check states are judged.
struct RemovedFiles: Sendable {
    /// The removed files that one access point serves.
    struct Served {
        /// A bit for each file, by word index.
        var words: [Int: UInt64] = [:]
        var count = 0
        var oldestRemovalAt: Timestamp?
    }

    private let removals: Removals
    /// For each word with any: its index, the files, and the removal of each bit.
    private let words: [(word: Int, files: UInt64, entries: [Removals.Entry])]

    init(_ removals: Removals, wordCount: Int) {
        self.removals = removals
        var entries: [Int: [Removals.Entry]] = [:]
        for entry in removals.entries {
            let word = Int(entry.file.rawValue >> 6)
            if word < wordCount { entries[word, default: []].append(entry) }
        }
        words = entries.sorted { $0.key < $1.key }.map { word, entries in
            (word, entries.reduce(0) { $0 | Self.bit(of: $1) }, entries)
        }
    }

    private static func bit(of entry: Removals.Entry) -> UInt64 {
        1 << UInt64(entry.file.rawValue & 63)
    }

    /// Calls `body` with the files of each word that has any.
    func forEachWord(_ body: (Int, UInt64) -> Void) {
        for word in words { body(word.word, word.files) }
    }

    /// The files that `state` serves, of those that `admit` passes: proven since `earliest`, and
    /// late enough to be of the removed version.
    func served(
        by state: CheckState,
        since earliest: Timestamp,
        changedIn: [UInt32],
        now: Timestamp,
        admit: (Int, UInt64) -> UInt64
    ) -> Served {
        var served = Served()
        for (word, files, entries) in words {
            let presence = state.observations.presence(
                from: word * 64,
                changedIn: changedIn,
                earliest: earliest
            )
            guard presence.proven & files != 0 else { continue }
            var proven: UInt64 = 0
            for entry in entries where presence.proven & Self.bit(of: entry) != 0 {
                let provenAt = state.observations.observedAt(Int(entry.file.rawValue))
                if removals.isServed(entry, provenAt: provenAt, now: now) {
                    proven |= Self.bit(of: entry)
                }
            }
            proven = admit(word, proven)
            guard proven != 0 else { continue }
            served.words[word] = proven
            served.count += proven.nonzeroBitCount
            for entry in entries where proven & Self.bit(of: entry) != 0 {
                served.oldestRemovalAt = min(
                    served.oldestRemovalAt ?? entry.removedAt,
                    entry.removedAt
                )
            }
        }
        return served
    }
}
