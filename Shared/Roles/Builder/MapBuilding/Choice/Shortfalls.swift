import Catalogs
import CheckStates
import HolderFormat
import Mirrors
import Time

/// The files that an access point does not hold, with reasons, collected while its check state is
/// judged.
struct Shortfalls {
    /// A file with the kind of shortfall, and since when.
    struct Entry {
        let file: UInt32
        let holding: Holding
        /// Seconds since 1970; 0 if no time is given.
        let since: UInt32
    }

    private(set) var entries: [Entry] = []

    /// Of the 64 files from `start` on, adds those whose bits are set in `files`; those in
    /// `ruledOut` are present.
    mutating func add(
        _ files: UInt64,
        ruledOut: UInt64,
        from start: Int,
        in state: CheckState,
        changedIn: [UInt32]
    ) {
        guard files != 0 else { return }
        for bit in BitPositions(files) {
            let file = start + bit
            guard ruledOut >> UInt64(bit) & 1 == 0 else {
                append(file, .ruledOut)
                continue
            }
            let observation = state[FileID(UInt32(file))]
            append(file, observation, isCurrent: observation.generation >= changedIn[file])
        }
    }

    mutating func addIndexless(_ folder: FileID) {
        append(Int(folder.rawValue), .indexless)
    }

    mutating func addIncomplete(_ member: FileID) {
        append(Int(member.rawValue), .incomplete)
    }

    private mutating func append(_ file: Int, _ observation: Observation, isCurrent: Bool) {
        let since = UInt32(clamping: observation.observedAt.secondsSinceEpoch)
        switch observation.outcome {
        case .unknown: append(file, .unasked)
        case .unreachable: append(file, .unanswered)
        // An observation of an earlier version says nothing about this one.
        case .present: append(file, .expired)
        case .absent, .altered, .stale, .refused:
            guard isCurrent else { return append(file, .unasked) }
            let holding: Holding =
                switch observation.outcome {
                case .absent: .lacking
                case .altered: .altered
                case .stale: .outdated
                default: .refused
                }
            append(file, holding, since: since)
        }
    }

    private mutating func append(_ file: Int, _ holding: Holding, since: UInt32 = 0) {
        entries.append(Entry(file: UInt32(file), holding: holding, since: since))
    }

    /// The number of entries of each kind.
    var tally: [Holding: Int] {
        var tally: [Holding: Int] = [:]
        forEachRun(where: { $0.holding == $1.holding }) { entry, run in
            tally[entry.holding, default: 0] += run.count
        }
        return tally
    }

    /// Calls `body` for entries that follow one another and are alike, with the first of them.
    ///
    /// A site's files tend to be missing together, so this saves most searches for their kind.
    func forEachRun(
        where areAlike: (Entry, Entry) -> Bool,
        _ body: (Entry, ArraySlice<Entry>) -> Void
    ) {
        var start = 0
        while start < entries.count {
            var end = start + 1
            while end < entries.count, areAlike(entries[start], entries[end]) { end += 1 }
            body(entries[start], entries[start..<end])
            start = end
        }
    }
}

/// Why files are not held: a row of bits for each statement about an access point.
struct ShortfallTable: Sendable {
    /// A statement about some files at an access point: their kind of shortfall, and since when.
    struct Statement: Sendable {
        let accessPoint: AccessPoint.ID
        let holding: Holding
        let since: UInt32
    }

    /// In the order of the rows.
    private(set) var statements: [Statement] = []
    private(set) var rows = SparseBitRows()
    /// The number of words that the bits of all files take.
    private let wordCount: Int
    private let now: UInt32

    /// The maximum number of distinct times kept for one kind at one access point.
    static let timeLimit = 12

    init(columnCount: Int, now: Timestamp) {
        wordCount = (columnCount + 63) / 64
        self.now = UInt32(clamping: now.secondsSinceEpoch)
    }

    mutating func add(_ shortfalls: Shortfalls, of accessPoint: AccessPoint.ID) {
        guard !shortfalls.entries.isEmpty else { return }
        func areAlike(_ left: Shortfalls.Entry, _ right: Shortfalls.Entry) -> Bool {
            left.holding == right.holding && left.since == right.since
        }
        var counts: [Holding: [UInt32: Int]] = [:]
        shortfalls.forEachRun(where: areAlike) { entry, run in
            counts[entry.holding, default: [:]][rounded(entry.since), default: 0] += run.count
        }
        // The rows of bits, and which of them a kind and a rounded time belong to: a search by
        // statement for each file would hash the access point's name.
        var found: [(holding: Holding, since: UInt32, words: [UInt64])] = []
        var places: [Holding: [UInt32: Int]] = [:]
        for (holding, counts) in counts.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let joined = Self.joined(counts)
            var placeOfTime: [UInt32: Int] = [:]
            for since in Set(joined.values).sorted() {
                placeOfTime[since] = found.count
                found.append((holding, since, [UInt64](repeating: 0, count: wordCount)))
            }
            places[holding] = joined.compactMapValues { placeOfTime[$0] }
        }
        shortfalls.forEachRun(where: areAlike) { entry, run in
            guard let place = places[entry.holding]?[rounded(entry.since)] else { return }
            for entry in run {
                found[place].words[Int(entry.file >> 6)] |= 1 << UInt64(entry.file & 63)
            }
        }
        for (holding, since, words) in found {
            statements.append(Statement(accessPoint: accessPoint, holding: holding, since: since))
            rows.append(words)
        }
    }

    /// The numbers of the statements, ordered by kind, then by access point in the order they were
    /// added.
    var order: [Int] {
        statements.indices.sorted {
            (statements[$0].holding.rawValue, $0) < (statements[$1].holding.rawValue, $1)
        }
    }

    /// Rounds a time up to the end of its day; if that is in the future, to the end of its hour; if
    /// that is too, returns it unchanged.
    private func rounded(_ time: UInt32) -> UInt32 {
        guard time > 0 else { return 0 }
        for unit: UInt32 in [86_400, 3600] {
            let (end, overflow) = ((time - 1) / unit + 1).multipliedReportingOverflow(by: unit)
            if !overflow, end <= now { return end }
        }
        return time
    }

    /// Maps each time in `counts` to the time that replaces it: neighbours with the fewest files
    /// are joined into the later one until there are few enough.
    private static func joined(_ counts: [UInt32: Int]) -> [UInt32: UInt32] {
        var groups = counts.sorted { $0.key < $1.key }.map { (times: [$0.key], count: $0.value) }
        while groups.count > timeLimit {
            let sums = zip(groups, groups.dropFirst()).map { $0.count + $1.count }
            guard let least = sums.indices.min(by: { sums[$0] < sums[$1] }) else { break }
            groups[least + 1].times += groups[least].times
            groups[least + 1].count += groups[least].count
            groups.remove(at: least)
        }
        var joined: [UInt32: UInt32] = [:]
        for group in groups {
            let latest = group.times.max() ?? 0
            for time in group.times { joined[time] = latest }
        }
        return joined
    }
}
