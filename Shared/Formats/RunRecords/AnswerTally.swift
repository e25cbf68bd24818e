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

    /// By name: the HTTP status, or the class of a failure as given by `HealthFormat.Outage.name`.
    package private(set) var counts: [String: Int] = [:]
    /// In the order in which they came.
    package private(set) var samples: [Sample] = []

    /// The maximum number of examples of one answer.
    package static let sampleLimit = 3
    /// The maximum number of different answers; further ones count as `other`.
    package static let nameLimit = 24
    /// The paths of examples are cut off after this many characters.
    package static let pathLimit = 200

    package init() {}

    package var isEmpty: Bool { counts.isEmpty }
    package var total: Int { counts.values.reduce(0, +) }

    /// Counts an answer, and keeps `path` as an example if there are too few; correct answers need
    /// none.
    package mutating func add(
        _ name: String,
        count: Int = 1,
        path: @autoclosure () -> String? = nil,
        byteCount: UInt64? = nil
    ) {
        let isKnown = counts[name] != nil || counts.count < Self.nameLimit
        let name = isKnown ? name : Outage.other.name
        counts[name, default: 0] += count
        guard counts[name, default: 0] <= Self.sampleLimit, let path = path() else { return }
        keep(Sample(path: path, answer: name, byteCount: byteCount))
    }

    /// Sets a count that was read from a record.
    mutating func set(_ name: String, _ count: Int) {
        counts[name] = count
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
        var total = 0
        var refusedCount = 0
        var best: (status: Int, count: Int)?
        for (name, count) in counts {
            total += count
            guard let status = Int(name), Outage.isRefusal(status) else { continue }
            refusedCount += count
            if count > best?.count ?? 0 || count == best?.count && status < best?.status ?? 0 {
                best = (status, count)
            }
        }
        guard total >= Self.refusalLeast, refusedCount * 100 > total * 99 else { return nil }
        return best?.status
    }
}
