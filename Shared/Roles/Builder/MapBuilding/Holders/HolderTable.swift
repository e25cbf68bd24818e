package import Catalogs
package import CheckStates
package import HolderFormat
package import Mirrors
package import Time

/// Which access points hold which files now, as one bit for each pair.
///
/// Check states are added one by one and need not stay in memory: 460 access points and 150,000
/// files take 8.6 MB. Files are judged 64 at a time: besides reading a state, adding it costs about
/// 4 ns a file.
package struct HolderTable: Sendable {
    private let catalog: Catalog
    /// The generation in which each file last changed.
    private let changedIn: [UInt32]
    /// One bit for each file that is not removed.
    let live: [UInt64]
    /// One bit for each mutable file.
    private let mutable: [UInt64]
    /// The removed files that may be served, by word.
    private let removals: RemovedFiles
    /// One bit for each removed file that some access point serves.
    private(set) var servedRemovals: [UInt64]
    /// The folders that are only as current as their index files.
    private let indexedFolders: [Catalog.IndexedFolder]
    /// The files that are held together or not at all.
    let sets: SetTable
    /// The sets of ``sets``, as redirectors get them.
    let pathSets: [PathSet]
    private var rows: BitRows
    /// Why files are not held, if requested.
    private(set) var shortfalls: ShortfallTable?

    package var fileCount: Int { catalog.count }

    /// The number of access points added.
    var rowCount: Int { rows.count }

    /// A table without rows, by the deployment's classes of files.
    ///
    /// Removed files are served for `removedSeconds`.
    package init(_ catalog: Catalog, classes: FileClasses, removedSeconds: Int64 = 0) {
        self.init(
            catalog,
            isMutable: classes.mutableFiles.matches,
            indexNames: classes.indexNames,
            sets: classes.sets,
            removals: Removals(of: catalog, within: removedSeconds, classes: classes)
        )
    }

    /// Makes states added from now on record why files are not held.
    package mutating func keepShortfalls(now: Timestamp) {
        shortfalls = ShortfallTable(columnCount: catalog.count, now: now)
    }

    /// Drops why files are not held, which takes memory for each reason at each access point.
    mutating func forgetShortfalls() { shortfalls = nil }

    /// A table without rows.
    ///
    /// `isMutable` tells by path which files may change in place, `indexNames` are the names of
    /// index files, `sets` are held as a whole, and `removals` may be served.
    package init(
        _ catalog: Catalog,
        isMutable: (ArraySlice<UInt8>) -> Bool = { _ in false },
        indexNames: [String] = [],
        sets: [PathSet] = [],
        removals: Removals = .none
    ) {
        rows = BitRows(columnCount: catalog.count)
        var live = [UInt64](repeating: 0, count: rows.wordCount)
        var mutable = live
        for id in catalog.ids where catalog.isLive(id) {
            let word = Int(id.rawValue >> 6)
            let bit = Self.bit(of: id)
            live[word] |= bit
            if isMutable(catalog.pathBytes(of: id)) { mutable[word] |= bit }
        }
        self.catalog = catalog
        self.live = live
        self.mutable = mutable
        self.removals = RemovedFiles(removals, wordCount: rows.wordCount)
        servedRemovals = [UInt64](repeating: 0, count: rows.wordCount)
        indexedFolders = catalog.indexedFolders(names: indexNames)
        self.sets = SetTable(catalog, sets)
        pathSets = sets
        changedIn = catalog.changeGenerations
    }

    /// The result of adding a check state.
    package struct Row: Equatable, Sendable {
        /// The index that `holds(_:_:)` takes.
        package let index: Int
        /// The number of files it holds.
        package var heldCount = 0
        /// The number of files present when last checked, but too long ago or before their last
        /// change.
        package var unprovenCount = 0
        /// The time of the latest proof that counts.
        package var verifiedAt: Timestamp?
        /// What the mirror's rules exclude of the files that are present.
        package var counts = RuleCounts()
        /// How fast new files appear there; nil if none were watched.
        package var freshness: Freshness?
        /// The number of files not held, by reason; empty unless requested.
        package var shortfallCounts: [Holding: Int] = [:]
        /// The number of removed files served from there.
        package var removedCount = 0
        /// When the first of these was removed.
        package var oldestRemovalAt: Timestamp?
    }

    /// Adds an access point with its check state and its mirror's rules.
    ///
    /// A file counts as held if it is live, was seen present as currently expected within the last
    /// `maximumAge` seconds, and passes the rules. A mutable file must have been seen since its
    /// last change. If an access point is in doubt (it suddenly lacks many files, or answers 200 to
    /// everything), only later proofs count: older ones may be of another site, and remaining files
    /// are soon proven again. A suspicion excludes a file at once, because sending a client
    /// elsewhere costs nothing. A folder counts if its index files do, because clients get those; a
    /// member of a set counts if the whole set does. Removed files are counted apart and are never
    /// missing.
    package mutating func add(
        _ state: CheckState,
        rules: MirrorRules = .none,
        now: Timestamp,
        maximumAge: Int64
    ) -> Row {
        var earliest = now.advanced(bySeconds: -maximumAge)
        if let believedSince = state.believedSince { earliest = max(earliest, believedSince) }
        var filter = FileFilter(rules)
        var shortfalls = shortfalls.map { _ in Shortfalls() }
        var (words, proven, unprovenCount) = judged(state, since: earliest, &filter, &shortfalls)
        sets.restrict(&words, proven: proven) { shortfalls?.addIncomplete(FileID($0)) }
        dropFoldersWithoutIndex(&words, &shortfalls)
        let tally = shortfalls?.tally
        let served = served(by: state, since: earliest, now: now, filter, &shortfalls)
        if let shortfalls { self.shortfalls?.add(shortfalls, of: state.accessPointID) }
        let (heldCount, verifiedAt) = Self.latestProof(of: words, in: state.observations)
        for (word, files) in served.words {
            words[word] |= files
            servedRemovals[word] |= files
        }
        var row = Row(
            index: rows.append(words),
            heldCount: heldCount,
            unprovenCount: unprovenCount,
            verifiedAt: verifiedAt,
            counts: filter.counts,
            freshness: state.freshness(now: now),
            shortfallCounts: tally ?? [:]
        )
        row.removedCount = served.count
        row.oldestRemovalAt = served.oldestRemovalAt
        return row
    }

    /// The live files that `state` proves since `earliest`, 64 a word: those that `filter` admits,
    /// all of them if there are sets, and the number of those seen whose proof does not count.
    private func judged(
        _ state: CheckState,
        since earliest: Timestamp,
        _ filter: inout FileFilter,
        _ shortfalls: inout Shortfalls?
    ) -> (words: [UInt64], proven: [UInt64], unprovenCount: Int) {
        let observations = state.observations
        var words = [UInt64](repeating: 0, count: rows.wordCount)
        var proven = sets.isEmpty ? [] : words
        var unprovenCount = 0
        for word in words.indices {
            let start = word * 64
            var presence = observations.presence(
                from: start,
                changedIn: changedIn,
                earliest: earliest
            )
            presence.proven &= live[word]
            if presence.proven & mutable[word] != 0 {
                presence.proven &= ~outdated(presence.proven & mutable[word], start, observations)
            }
            unprovenCount += (presence.seen & live[word] & ~presence.proven).nonzeroBitCount
            var held = presence.proven
            if !filter.isEmpty { held = admitted(held, start, &filter) }
            words[word] = held
            if !sets.isEmpty { proven[word] = presence.proven }
            shortfalls?.add(
                live[word] & ~held,
                ruledOut: presence.proven & ~held,
                from: start,
                in: state,
                changedIn: changedIn
            )
        }
        return (words, proven, unprovenCount)
    }

    /// Clears folders whose index file is none of the held files.
    private func dropFoldersWithoutIndex(_ words: inout [UInt64], _ shortfalls: inout Shortfalls?) {
        for pair in indexedFolders where !Self.contains(pair.index, words) {
            let (word, bit) = (Int(pair.folder.rawValue >> 6), Self.bit(of: pair.folder))
            if words[word] & bit != 0 { shortfalls?.addIndexless(pair.folder) }
            words[word] &= ~bit
        }
    }

    /// The number of held files, and when the latest of them was proven; nil if none is held.
    private static func latestProof(
        of words: [UInt64],
        in observations: ObservationColumns
    ) -> (heldCount: Int, verifiedAt: Timestamp?) {
        var heldCount = 0
        var verifiedAt = Timestamp(secondsSinceEpoch: 0)
        for word in words.indices where words[word] != 0 {
            heldCount += words[word].nonzeroBitCount
            verifiedAt = observations.latest(of: words[word], from: word * 64, or: verifiedAt)
        }
        return (heldCount, heldCount > 0 ? verifiedAt : nil)
    }

    /// The removed files that `state` serves.
    ///
    /// Records why it does not serve the others.
    private func served(
        by state: CheckState,
        since earliest: Timestamp,
        now: Timestamp,
        _ filter: FileFilter,
        _ shortfalls: inout Shortfalls?
    ) -> RemovedFiles.Served {
        // The rules' verdict on removed files is not counted.
        var filter = filter
        let served = removals.served(by: state, since: earliest, changedIn: changedIn, now: now) {
            word,
            files in
            filter.isEmpty ? files : admitted(files, word * 64, &filter)
        }
        removals.forEachWord { word, files in
            shortfalls?.add(
                files & ~(served.words[word] ?? 0),
                ruledOut: 0,
                from: word * 64,
                in: state,
                changedIn: changedIn
            )
        }
        return served
    }

    private static func bit(of id: FileID) -> UInt64 { 1 << UInt64(id.rawValue & 63) }

    private static func contains(_ id: FileID, _ words: [UInt64]) -> Bool {
        words[Int(id.rawValue >> 6)] & bit(of: id) != 0
    }

    /// Of the 64 files from `start` on, those last checked before the minute of their last change.
    ///
    /// Stored states round the time of an observation down to the minute. An observation in the
    /// minute of the change but before it belongs to an older generation, which is not proof
    /// anyway.
    private func outdated(
        _ files: UInt64,
        _ start: Int,
        _ observations: ObservationColumns
    ) -> UInt64 {
        var outdated: UInt64 = 0
        for bit in BitPositions(files) {
            let modified = catalog.modified(of: FileID(UInt32(start + bit))).secondsSinceEpoch
            let minute = Timestamp(secondsSinceEpoch: modified - modified % 60)
            if observations.observedAt(start + bit) < minute { outdated |= 1 << UInt64(bit) }
        }
        return outdated
    }

    /// Of the 64 files from `start` on, those that pass the filter.
    private func admitted(_ files: UInt64, _ start: Int, _ filter: inout FileFilter) -> UInt64 {
        var admitted: UInt64 = 0
        for bit in BitPositions(files) {
            let id = FileID(UInt32(start + bit))
            let path = catalog.pathBytes(of: id)
            guard filter.admits(path: path, byteCount: catalog.byteCount(of: id)) else { continue }
            admitted |= 1 << UInt64(bit)
        }
        return admitted
    }

    /// The files that the access point of row `row` holds, one bit each, the first in the lowest.
    package func words(ofRow row: Int) -> [UInt64] {
        rows[row]
    }

    /// Whether the access point of row `row` holds the file `id`, which is below `fileCount`.
    package func holds(_ row: Int, _ id: FileID) -> Bool {
        rows.contains(Int(id.rawValue), inRow: row)
    }
}

extension HolderTable {
    /// Calls `body` for each live or served file with words of bits: bit `i` tells whether
    /// statement `i` of ``shortfalls`` applies to it.
    func forEachShortfall<Failure: Error>(
        _ body: (FileID, [UInt64]) throws(Failure) -> Void
    ) throws(Failure) {
        guard let shortfalls else { return }
        let order = shortfalls.order
        var columns = shortfalls.rows.columns(across: order)
        try Self.forEachFile(listed, rowCount: order.count, body) {
            columns.read(word: $0, into: &$1)
        }
    }

    /// The live files, and the removed files that some access point serves.
    private var listed: [UInt64] {
        zip(live, servedRemovals).map { $0 | $1 }
    }

    /// Calls `body` for each live file, and each removed file that is served, with words of bits:
    /// bit `i` tells whether the `i`-th access point of `rows` holds it.
    func forEachServedFile<Failure: Error>(
        across rows: [Int],
        _ body: (FileID, [UInt64]) throws(Failure) -> Void
    ) throws(Failure) {
        try Self.forEachFile(listed, rowCount: rows.count) { (id, holders) throws(Failure) in
            let isLive = live[Int(id.rawValue >> 6)] & Self.bit(of: id) != 0
            guard isLive || holders.contains(where: { $0 != 0 }) else { return }
            try body(id, holders)
        } columns: {
            self.rows.columns(ofWord: $0, across: rows, into: &$1)
        }
    }

    /// `readColumns` reads the columns of a word of all rows, as ``BitRows`` does.
    private static func forEachFile<Failure: Error>(
        _ files: [UInt64],
        rowCount: Int,
        _ body: (FileID, [UInt64]) throws(Failure) -> Void,
        columns readColumns: (_ word: Int, _ columns: inout [UInt64]) -> Void
    ) throws(Failure) {
        var columns: [UInt64] = []
        var bits = [UInt64](repeating: 0, count: (rowCount + 63) / 64)
        for word in files.indices where files[word] != 0 {
            readColumns(word, &columns)
            for bit in BitPositions(files[word]) {
                for index in bits.indices { bits[index] = columns[index * 64 + bit] }
                try body(FileID(UInt32(word * 64 + bit)), bits)
            }
        }
    }
}
