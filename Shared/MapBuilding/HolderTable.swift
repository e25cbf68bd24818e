package import Catalogs
package import CheckStates
package import Mirrors

/// Which access points hold which files now: one bit for each pair.
///
/// Check states are added one by one and need not stay in memory: 300 access points and 150,000 files
/// take 5.6 MB.
package struct HolderTable: Sendable {
    private let catalog: Catalog
    /// One bit for each file that may change under its name.
    private let mutable: [UInt64]
    private var rows: [[UInt64]] = []

    package var fileCount: Int { catalog.count }

    /// A table without rows; `isMutable` tells by the path which files may change under their names.
    package init(_ catalog: Catalog, isMutable: (ArraySlice<UInt8>) -> Bool = { _ in false }) {
        self.catalog = catalog
        var mutable = Self.words(for: catalog.count)
        for id in catalog.ids where isMutable(catalog.pathBytes(of: id)) {
            Self.insert(id, into: &mutable)
        }
        self.mutable = mutable
    }

    /// What a check state gave.
    package struct Row: Equatable, Sendable {
        /// The index that ``holds(_:_:)`` takes.
        package let index: Int
        /// The number of files it holds.
        package var heldCount = 0
        /// Files that were present when they were last looked at, which is too long ago.
        package var staleCount = 0
        /// When the latest of the proofs that count was made.
        package var verifiedAt: Timestamp?
        /// What the mirror's rules made of the files that are there.
        package var counts = RuleCounts()
        /// How fast new files appear there; nil where none were watched.
        package var freshness: Freshness?
    }

    /// Adds an access point by its check state and its mirror's rules.
    ///
    /// A file counts as held when it is live, was seen present against its current expectation, that
    /// is no longer ago than `maximumAge` seconds, and the rules let it through. A file that may change
    /// under its name must have been seen since its last change. Of an access point in doubt (it
    /// suddenly lacks much, or answers whatever it is asked) only what was proven since counts: its old
    /// proofs may be of another site, and what is still there is proven again soon. A suspicion against
    /// a file takes it out at once: to send a client elsewhere costs nothing.
    package mutating func add(
        _ state: CheckState,
        rules: MirrorRules = .none,
        now: Timestamp,
        maximumAge: Int64
    ) -> Row {
        var words = Self.words(for: fileCount)
        var row = Row(index: rows.count, freshness: state.freshness(now: now))
        var filter = FileFilter(rules)
        for index in 0..<min(fileCount, state.count) {
            let id = FileID(UInt32(truncatingIfNeeded: index))
            guard state.outcome(of: id) == .present, catalog.isLive(id) else { continue }
            let observation = state[id]
            guard observation.generation >= catalog.changedIn(id),
                now.seconds(since: observation.observedAt) <= maximumAge,
                !isOutdated(observation, of: id), state.isBelieved(observation)
            else {
                row.staleCount += 1
                continue
            }
            if !filter.isEmpty {
                let path = catalog.pathBytes(of: id)
                guard filter.admits(path: path, byteCount: catalog.byteCount(of: id)) else {
                    continue
                }
            }
            Self.insert(id, into: &words)
            row.heldCount += 1
            row.verifiedAt = max(row.verifiedAt ?? observation.observedAt, observation.observedAt)
        }
        row.counts = filter.counts
        rows.append(words)
        return row
    }

    /// Whether a file that may change under its name was looked at before its last change only.
    private func isOutdated(_ observation: Observation, of id: FileID) -> Bool {
        Self.contains(id, in: mutable) && observation.observedAt < catalog[id].modified
    }

    /// Whether the access point of row `row` holds the file `id`, which is below `fileCount`.
    package func holds(_ row: Int, _ id: FileID) -> Bool {
        Self.contains(id, in: rows[row])
    }
}

extension HolderTable {
    private static func words(for count: Int) -> [UInt64] {
        Array(repeating: 0, count: (count + 63) / 64)
    }

    private static func insert(_ id: FileID, into words: inout [UInt64]) {
        words[Int(id.rawValue >> 6)] |= 1 << UInt64(id.rawValue & 63)
    }

    private static func contains(_ id: FileID, in words: [UInt64]) -> Bool {
        words[Int(id.rawValue >> 6)] >> UInt64(id.rawValue & 63) & 1 == 1
    }
}
