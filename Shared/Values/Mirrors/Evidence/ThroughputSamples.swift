import JSON

/// The throughput of an access point by day: `"throughput"` in `latency/<region>.json`.
///
///     {"askedAt": 1795362420,                the latest measurement, even if it failed
///      "measured": [[1795362421, 11800]],    time, and KiB per second; latest last
///      "settled": 11800}                     the rate for ranking, if there is one
package struct ThroughputSamples: Equatable, Sendable {
    /// One day's measurement.
    package struct Measured: Equatable, Sendable {
        /// The time of the measurement, in seconds since 1970.
        package let at: Int64
        package let kibibytesPerSecond: Int
    }

    /// When the access point was last measured, in seconds since 1970; nil if it never was.
    package private(set) var askedAt: Int64?
    package private(set) var measured: [Measured] = []
    /// The rate for ranking the access point, in KiB per second; nil if too few days agree.
    package private(set) var settled: Int?

    package init() {}
}

extension ThroughputSamples {
    /// The maximum number of days whose measurements count.
    package static let dayLimit = 7
    /// The minimum number of days for ranking.
    package static let leastCount = 3
    /// The minimum time between two measurements, however many runs there are.
    package static let restSeconds: Int64 = 20 * 3600
    /// The possible results of a measurement, in KiB per second.
    package static let rates = 1...1_048_576
    private static let daySeconds: Int64 = 86_400

    /// Whether the access point, which is due at `secondOfDay` every day, should be measured now.
    package func isDue(now: Int64, secondOfDay: Int64) -> Bool {
        guard let askedAt else { return true }
        let rest = now.subtractingReportingOverflow(askedAt)
        // If the clock went back by more than a day, nothing is known about the last measurement.
        guard !rest.overflow, rest.partialValue > -Self.daySeconds else { return true }
        guard rest.partialValue >= Self.restSeconds else { return false }
        let sinceDue = ((now - secondOfDay) % Self.daySeconds + Self.daySeconds) % Self.daySeconds
        return rest.partialValue > sinceDue
    }

    /// Notes that the access point is being measured.
    package mutating func ask(at now: Int64) { askedAt = now }

    /// Adds a measurement, or only forgets old ones if there is none.
    ///
    /// The settled rate follows the median of the last ``dayLimit`` days if there are at least
    /// ``leastCount`` of them, and at least half of these are within a factor of two of the median.
    /// It changes only if the median differs by more than a quarter, so that maps remain the same.
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

    /// The rate for ranking the access point at `now`; nil if the newest measurement is more than
    /// ``dayLimit`` days old: what is no longer measured is forgotten.
    package func settled(now: Int64) -> Int? {
        guard let latest = measured.last else { return nil }
        let age = now.subtractingReportingOverflow(latest.at)
        guard !age.overflow, age.partialValue <= Int64(Self.dayLimit) * Self.daySeconds else {
            return nil
        }
        return settled
    }

    /// How far the days agree, in KiB per second.
    package struct Spread: Equatable, Sendable {
        package let dayCount: Int
        package let median: Int
        package let least: Int
        package let most: Int
        /// The number of days within a factor of two of the median.
        package let agreeingCount: Int

        /// Whether this is enough for ranking.
        package var isAgreed: Bool { dayCount >= leastCount && agreeingCount * 2 >= dayCount }
    }

    /// Nil if there are no measurements.
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

    init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
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
