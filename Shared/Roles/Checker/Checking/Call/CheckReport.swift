package import CheckPlanning
package import CheckStates
package import JSON
package import Mirrors
package import RunRecords

/// The outcome of a run.
package struct CheckReport: Sendable {
    /// Why the run ended.
    package enum Ending: String, Sendable {
        case nothingDue = "nothing due"
        case budgetSpent = "budget spent"
        case stopped = "stopped"
    }

    /// The result for one access point.
    package struct Line: Sendable {
        package var id: AccessPoint.ID
        /// The number of answered questions about files.
        package var askedCount: Int
        /// How many of these answers are lost, because they could not be stored.
        package var unstoredCount = 0
        /// The time spent on it.
        package var seconds: Double
        /// The state of its files; nil before the first check.
        package var summary: CheckSummary?
        /// The answers about files, counted by kind.
        package var answers = AnswerTally()
        /// The strategy used; nil if none was determined, or only one exists.
        package var strategy: AskingStrategy?
        /// Why its answers count for little, or why it was skipped; nil without a problem.
        package var problem: String?
    }

    /// An access point that is in scope but is not asked.
    package struct Omission: Sendable {
        package var id: AccessPoint.ID
        package var reason: String

        var json: JSONValue { ["id": .string(id), "reason": .string(reason)] }
    }

    package var ending: Ending
    /// The generation of the catalog that the run ended with.
    package var generation: UInt32
    package var seconds: Double
    package var accessPoints: [Line]
    package var notChecked: [Omission] = []

    package init(
        ending: Ending,
        generation: UInt32,
        seconds: Double,
        accessPoints: [Line]
    ) {
        self.ending = ending
        self.generation = generation
        self.seconds = seconds
        self.accessPoints = accessPoints
    }

    package var askedCount: Int { accessPoints.reduce(0) { $0 + $1.askedCount } }

    /// Questions per second over all access points.
    package var rate: Double { seconds > 0 ? Double(askedCount) / seconds : 0 }

    /// How long asking for every file everywhere would take at this rate; nil without a rate.
    package var fullCycleSeconds: Double? {
        let fileCount = accessPoints.reduce(0) { $0 + ($1.summary?.counts.total ?? 0) }
        return rate > 0 ? Double(fileCount) / rate : nil
    }

    package var json: JSONObject {
        let summaries = accessPoints.compactMap(\.summary)
        let total = summaries.reduce(FileCounts()) { $0 + $1.counts }
        let left = summaries.reduce(0) { $0 + $1.leftCount }
        var object: JSONObject = [
            "ending": .string(ending.rawValue),
            "seconds": .number(rounded(seconds)),
            "requestsPerSecond": .number(rounded(rate)),
        ]
        object["fullCycleSeconds"] = fullCycleSeconds.map { .integer(Int64($0.rounded(.up))) }
        var totals: JSONObject = ["asked": .integer(Int64(askedCount))]
        totals.append(total, left: left)
        object["totals"] = .object(totals)
        object["accessPoints"] = .array(accessPoints.map { .object($0.json) })
        object["notChecked"] = .array(notChecked.map(\.json))
        return object
    }
}

extension CheckReport.Line {
    /// Questions per second of the time spent on it; 0 if none was.
    package var rate: Double { seconds > 0 ? Double(askedCount) / seconds : 0 }

    package var json: JSONObject {
        var object: JSONObject = ["id": .string(id), "asked": .integer(Int64(askedCount))]
        if let summary { object.append(summary.counts, left: summary.leftCount) }
        if rate > 0, let summary {
            object["requestsPerSecond"] = .number(rounded(rate))
            object["fullCycleSeconds"] = .integer(
                Int64((Double(summary.counts.total) / rate).rounded(.up))
            )
        }
        if let freshness = summary?.freshness {
            object["newFiles"] = [
                "batches": .integer(Int64(freshness.batchCount)),
                "halfSeconds": .integer(freshness.halfSeconds),
                "ninetySeconds": .integer(freshness.ninetySeconds),
                "allSeconds": .integer(freshness.allSeconds),
            ]
        }
        if unstoredCount > 0 { object["lost"] = .integer(Int64(unstoredCount)) }
        if !answers.isEmpty { object["answers"] = answers.countsJSON }
        if !answers.samples.isEmpty { object["samples"] = answers.samplesJSON }
        object["listedAt"] = summary?.listedAt.map { .string("\($0)") }
        object["strategy"] = strategy.map(\.json)
        object["doubtedSince"] = summary?.doubtedAt.map { .string("\($0)") }
        object["doubtReason"] = summary?.doubtReason.map { .string("\($0)") }
        object["problem"] = problem.map { .string($0) }
        return object
    }
}

extension WholeDoubtReason {
    /// Why clients are not sent there now, in words for the operator.
    var text: String {
        switch self {
        case .lost: "lost many files: no proof counts there until it is confirmed again"
        case .notItself: "answers 200 for a name that cannot exist: no proof counts there meanwhile"
        case .returned: "came back without its newest files: nothing counts until it is seen again"
        case .contradictory: "answers now one way, now another: several servers that differ"
        }
    }
}

extension AskingStrategy {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "method": .string("\(method)"), "depth": .integer(Int64(depth)),
        ]
        object["answersPerConnection"] = answersPerConnection.map { .integer(Int64($0)) }
        return .object(object)
    }
}

extension JSONObject {
    fileprivate mutating func append(_ counts: FileCounts, left: Int) {
        let counts: KeyValuePairs = [
            "present": counts.present, "absent": counts.absent, "altered": counts.altered,
            "stale": counts.stale, "refused": counts.refused,
            "unreachable": counts.unreachable, "suspected": counts.suspected,
            "unknown": counts.unknown, "left": left,
        ]
        for (key, count) in counts { append(key, .integer(Int64(count))) }
    }
}

/// Rounds to two decimals, so that the digits are the same on every machine.
private func rounded(_ value: Double) -> Double {
    (value * 100).rounded() / 100
}
