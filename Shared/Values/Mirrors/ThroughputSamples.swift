import JSON

/// What an access point sent a second, day by day: `"throughput"` in `latency/<region>.json`.
///
///     {"askedAt": 1795362420,                when it was measured last, whatever came of it
///      "measured": [[1795362421, 11800]],    when, and KiB a second; the latest last
///      "settled": 11800}                     what ranks it; absent where there is too little
package struct ThroughputSamples: Equatable, Sendable {
    /// One day's measurement.
    package struct Measured: Equatable, Sendable {
        /// When, in seconds since 1970.
        package let at: Int64
        package let kibibytesPerSecond: Int
    }

    /// When the access point was measured last, in seconds since 1970; nil for never.
    package private(set) var askedAt: Int64?
    package private(set) var measured: [Measured] = []
    /// The KiB a second that rank the access point; nil where too few days agree.
    package private(set) var settled: Int?

    package init() {}
}

extension ThroughputSamples {
    /// How many days' measurements count.
    package static let dayLimit = 7
    /// How many of them it takes to rank by them.
    package static let leastCount = 3
    /// How long an access point is left alone after a measurement, whatever the number of runs.
    package static let restSeconds: Int64 = 20 * 3600
    /// What a measurement can come to, in KiB a second.
    package static let rates = 1...1_048_576
    private static let daySeconds: Int64 = 86_400

    /// Whether it is time to measure the access point whose turn of the day is at `turn`, in
    /// seconds from its beginning.
    package func isDue(now: Int64, turn: Int64) -> Bool {
        guard let askedAt else { return true }
        let rest = now.subtractingReportingOverflow(askedAt)
        // Of a clock that went back for more than a day nothing is known.
        guard !rest.overflow, rest.partialValue > -Self.daySeconds else { return true }
        guard rest.partialValue >= Self.restSeconds else { return false }
        let sinceTurn = ((now - turn) % Self.daySeconds + Self.daySeconds) % Self.daySeconds
        return rest.partialValue > sinceTurn
    }

    /// Notes that it is being measured.
    package mutating func ask(at now: Int64) { askedAt = now }

    /// Adds a measurement, or forgets old ones where there is none.
    ///
    /// The settled rate follows the median of the last ``dayLimit`` days where at least
    /// ``leastCount`` of them are there and half of these agree with it to a factor of two; and it
    /// moves only where the median differs by more than a quarter, so that maps stay what they are.
    package mutating func add(_ kibibytesPerSecond: Int?, at now: Int64) {
        if let kibibytesPerSecond {
            let rate = min(max(kibibytesPerSecond, Self.rates.lowerBound), Self.rates.upperBound)
            measured.append(Measured(at: now, kibibytesPerSecond: rate))
        }
        let oldest = now.subtractingReportingOverflow(Int64(Self.dayLimit) * Self.daySeconds)
        measured.removeAll { !oldest.overflow && $0.at < oldest.partialValue }
        if measured.count > Self.dayLimit { measured.removeFirst(measured.count - Self.dayLimit) }
        guard let spread, spread.isAgreed else {
            settled = nil
            return
        }
        guard let settled else {
            self.settled = spread.median
            return
        }
        if abs(spread.median - settled) > settled / 4 { self.settled = spread.median }
    }

    /// The rate that ranks the access point at `now`; nil where nothing newer is there than
    /// ``dayLimit`` days: what is not measured any more is forgotten.
    package func settled(now: Int64) -> Int? {
        guard let latest = measured.last else { return nil }
        let age = now.subtractingReportingOverflow(latest.at)
        guard !age.overflow, age.partialValue <= Int64(Self.dayLimit) * Self.daySeconds else {
            return nil
        }
        return settled
    }

    /// What the days have in common, in KiB a second.
    package struct Spread: Equatable, Sendable {
        package let dayCount: Int
        package let median: Int
        package let least: Int
        package let most: Int
        /// Days within a factor of two of the median.
        package let agreeingCount: Int

        /// Whether they tell enough to rank by.
        package var isAgreed: Bool { dayCount >= leastCount && agreeingCount * 2 >= dayCount }
    }

    /// Nil without measurements.
    package var spread: Spread? {
        let rates = measured.map { $0.kibibytesPerSecond }.sorted()
        guard let least = rates.first, let most = rates.last else { return nil }
        let median = rates[rates.count / 2]
        return Spread(
            dayCount: rates.count,
            median: median,
            least: least,
            most: most,
            agreeingCount: rates.count { $0 * 2 >= median && $0 <= median * 2 }
        )
    }
}

extension ThroughputSamples {
    var json: JSONValue {
        var object: JSONObject = [
            "measured": .array(
                measured.map { [.integer($0.at), .integer(Int64($0.kibibytesPerSecond))] }
            )
        ]
        object["askedAt"] = askedAt.map { .integer($0) }
        object["settled"] = settled.map { .integer(Int64($0)) }
        return .object(object)
    }

    init(json: JSONValue, at place: String) throws(JSONError) {
        var fields = try JSONFields(json, at: place)
        askedAt = try fields.integer("askedAt", in: 0...Int64.max)
        let rates = Int64(Self.rates.lowerBound)...Int64(Self.rates.upperBound)
        for value in try fields.array("measured") ?? [] {
            guard case .array(let pair) = value, pair.count == 2,
                case .integer(let at) = pair[0], at >= 0,
                case .integer(let rate) = pair[1], rates.contains(rate)
            else {
                throw fields.unexpected("measured", "pairs of seconds and KiB a second", value)
            }
            measured.append(Measured(at: at, kibibytesPerSecond: Int(rate)))
        }
        measured = measured.suffix(Self.dayLimit)
        settled = try fields.integer("settled", in: rates).map { Int($0) }
    }
}
