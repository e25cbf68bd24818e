import HealthFormat

/// How often an access point gave each answer, with a few examples.
package struct AnswerTally: Equatable, Sendable {
    /// A path that received this answer.
    package struct Sample: Equatable, Sendable {
        package var path: String
        /// The name of the answer.
        package var answer: String
        /// The length that the answer stated.
        package var byteCount: UInt64?

        package init(path: String, answer: String, byteCount: UInt64? = nil) {
            self.path = path
            self.answer = answer
            self.byteCount = byteCount
        }
    }

    /// The number of each answer, except successes.
    private var otherCounts: [String: Int] = [:]
    /// The number of successes: nearly all answers, so they are counted without a name to look up.
    private var successCount = 0
    /// The number of answers.
    package private(set) var total = 0
    /// The examples, in the order in which they came.
    package private(set) var samples: [Sample] = []

    /// The maximum number of examples of one answer.
    package static let sampleLimit = 3
    /// The maximum number of different answers; further ones count as `other`.
    package static let nameLimit = 24
    /// The paths of examples are cut off after this many characters.
    package static let pathLimit = 200

    package init() {}

    /// The number of each answer, by name: the HTTP status, or the class of a failure as given by
    /// `HealthFormat.Outage.name`.
    package var counts: [String: Int] {
        var counts = otherCounts
        if successCount > 0 { counts[Self.success] = successCount }
        return counts
    }

    package var isEmpty: Bool { total == 0 }

    private static let success = "200"

    /// Counts an answer, and keeps `path` as an example if there are too few; correct answers need
    /// none.
    package mutating func add(
        _ name: String,
        count: Int = 1,
        path: @autoclosure () -> String? = nil,
        byteCount: UInt64? = nil
    ) {
        if name == Self.success, addSuccess(count: count) { return }
        let nameCount = otherCounts.count + (successCount > 0 ? 1 : 0)
        let isKnown = otherCounts[name] != nil || nameCount < Self.nameLimit
        let name = isKnown ? name : Outage.other.name
        let nowCount = otherCounts[name, default: 0] + count
        otherCounts[name] = nowCount
        total += count
        guard nowCount <= Self.sampleLimit, let path = path() else { return }
        keep(Sample(path: path, answer: name, byteCount: byteCount))
    }

    /// Counts answers of status 200, unless there are too many different ones before the first.
    @discardableResult
    package mutating func addSuccess(count: Int = 1) -> Bool {
        guard successCount > 0 || otherCounts.count < Self.nameLimit else { return false }
        successCount += count
        total += count
        return true
    }

    /// Sets a count that was read from a record.
    mutating func set(_ name: String, _ count: Int) {
        total += count
        if name == Self.success {
            total -= successCount
            successCount = count
        } else {
            total -= otherCounts.updateValue(count, forKey: name) ?? 0
        }
    }

    mutating func keep(_ sample: Sample) {
        guard samples.count < Self.nameLimit * Self.sampleLimit else { return }
        var sample = sample
        sample.path = String(sample.path.prefix(Self.pathLimit))
        samples.append(sample)
    }
}

extension AnswerTally {
    /// The minimum number of answers for saying that everything is refused.
    package static let refusalLeast = 50

    /// The status by which nearly everything is refused: more than 99 % of at least 50 answers were
    /// 401, 403, 451 or 5xx, and this is the most frequent of them; nil if that is not so.
    package var refusedStatus: Int? {
        guard total >= Self.refusalLeast, successCount * 100 < total else { return nil }
        var refusedCount = 0
        var best: (status: Int, count: Int)?
        for (name, count) in otherCounts {
            guard let status = Int(name), Outage.isRefusal(status) else { continue }
            refusedCount += count
            if count > best?.count ?? 0 || count == best?.count && status < best?.status ?? 0 {
                best = (status, count)
            }
        }
        guard refusedCount * 100 > total * 99 else { return nil }
        return best?.status
    }
}
