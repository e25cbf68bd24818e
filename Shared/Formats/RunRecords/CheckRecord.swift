package import CheckStates
package import Mirrors
package import Time

/// The outcome of the latest check of one slot: the blob `runs/checker/<slot>.json`.
///
/// A slot is one of the calls among which a round is divided, `0` if there is only one. To learn
/// about an access point, all of them must be read: see ``CheckLines``.
package struct CheckRecord: Equatable, Sendable {
    /// One access point: its line in the result of the check, and the answers.
    package struct Line: Equatable, Sendable {
        package var id: AccessPoint.ID
        /// When the run ended that the line is about.
        package var at: Timestamp
        /// The number of questions about files that were answered in the run.
        package var askedCount: Int
        /// What is known of the files there; nil if nobody has looked yet.
        package var counts: FileCounts?
        /// The number of questions that are due and were not asked.
        package var leftCount: Int
        package var requestsPerSecond: Double?
        package var doubtedSince: Timestamp?
        /// Why it is doubted: `lost`, `notItself`, `returned`, `contradictory`.
        package var doubtReason: String?
        /// Why its answers count for little, or why it was not asked, in words.
        package var problem: String?
        /// How often each answer came in the run, by its name; see ``AnswerTally/counts``.
        package var answers: AnswerTally
        /// When its folders were last listed; nil if they never were.
        package var listedAt: Timestamp?
        /// The questions of all its checks today and yesterday.
        package var visits: Visits?

        package init(
            id: AccessPoint.ID,
            at: Timestamp,
            askedCount: Int = 0,
            counts: FileCounts? = nil,
            leftCount: Int = 0,
            requestsPerSecond: Double? = nil,
            doubtedSince: Timestamp? = nil,
            doubtReason: String? = nil,
            problem: String? = nil,
            answers: AnswerTally = AnswerTally(),
            listedAt: Timestamp? = nil,
            visits: Visits? = nil
        ) {
            self.id = id
            self.at = at
            self.askedCount = askedCount
            self.counts = counts
            self.leftCount = leftCount
            self.requestsPerSecond = requestsPerSecond
            self.doubtedSince = doubtedSince
            self.doubtReason = doubtReason
            self.problem = problem
            self.answers = answers
            self.listedAt = listedAt
            self.visits = visits
        }
    }

    /// `0` to `63`, or `selected` for checks by name, prefixed with `<region>-` if several regions
    /// have a Checker.
    package var slot: String
    package var startedAt: Timestamp
    package var endedAt: Timestamp
    /// Why the run ended: `nothing due`, `budget spent`, `stopped`.
    package var ending: String
    /// The generation of the catalog that was checked last.
    package var generation: UInt32
    package var lines: [Line]

    package init(
        slot: String,
        startedAt: Timestamp,
        endedAt: Timestamp,
        ending: String,
        generation: UInt32,
        lines: [Line]
    ) {
        self.slot = slot
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.ending = ending
        self.generation = generation
        self.lines = lines
    }
}

/// What is known of each access point from the records of all slots.
package struct CheckLines: Equatable, Sendable {
    private var byID: [AccessPoint.ID: CheckRecord.Line] = [:]
    private var slots: [AccessPoint.ID: String] = [:]

    /// Of several lines about one access point the latest counts, and for answers the latest line
    /// that has any.
    package init(_ records: [CheckRecord]) {
        for record in records {
            for line in record.lines { note(line, ofSlot: record.slot) }
        }
    }

    private mutating func note(_ line: CheckRecord.Line, ofSlot slot: String) {
        guard let other = byID[line.id] else {
            byID[line.id] = line
            slots[line.id] = slot
            return
        }
        var (newer, older) = line.at >= other.at ? (line, other) : (other, line)
        if newer.answers.isEmpty { newer.answers = older.answers }
        newer.listedAt = newer.listedAt ?? older.listedAt
        newer.visits = newer.visits ?? older.visits
        byID[line.id] = newer
        if line.at >= other.at { slots[line.id] = slot }
    }

    /// The line about `id` if the newest one is in the record of `slot`.
    package func line(about id: AccessPoint.ID, ofSlot slot: String) -> CheckRecord.Line? {
        slots[id] == slot ? byID[id] : nil
    }

    package subscript(id: AccessPoint.ID) -> CheckRecord.Line? { byID[id] }

    package var all: [CheckRecord.Line] { byID.values.sorted { $0.id < $1.id } }
}
