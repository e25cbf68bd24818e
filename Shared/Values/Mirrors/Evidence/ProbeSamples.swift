package import JSON

/// The recent measurements of a region's checker: the blob `latency/<region>.json`.
///
///     {"version": 1, "accessPoints": {"mirror.example.org-https": {
///        "recent": [43, null, 41],     ms to the first byte of the latest probes; null: no answer
///        "settled": 43,                what ranks it; absent before there are enough
///        "throughput": {…}}}}          by day: ``ThroughputSamples``, if there are any
package struct ProbeSamples: Equatable, Sendable {
    /// The samples of one access point, latest last.
    package struct Samples: Equatable, Sendable {
        package private(set) var recent: [Int64?] = []
        /// The time that ranks the access point; nil with fewer than ``leastCount`` answers.
        package private(set) var settledMilliseconds: Int?
        /// The measurements of throughput.
        package var throughput = ThroughputSamples()

        package init() {}
    }

    package var accessPoints: [AccessPoint.ID: Samples] = [:]

    package init() {}
}

extension ProbeSamples.Samples {
    /// The number of probes that are kept.
    package static let limit = 20
    /// The number of answers needed for ranking.
    package static let leastCount = 5

    /// Adds a probe: its time to first byte, or nil for no answer.
    ///
    /// The settled time follows the median of the kept answers, but only if that differs by more
    /// than a quarter and more than 5 ms, so that daily variations of a mirror do not change maps.
    package mutating func add(_ milliseconds: Int64?) {
        recent.append(milliseconds.map { min(max($0, 0), 60_000) })
        if recent.count > Self.limit { recent.removeFirst(recent.count - Self.limit) }
        let answers = recent.compactMap { $0 }.sorted()
        guard answers.count >= Self.leastCount else { return }
        let median = Int(answers[answers.count / 2])
        guard let settled = settledMilliseconds else {
            settledMilliseconds = median
            return
        }
        if abs(median - settled) > max(5, settled / 4) { settledMilliseconds = median }
    }

    /// Probes without an answer per mille, in steps of a tenth of all; nil with too few probes.
    package var errorsPerMille: Int? {
        guard recent.count >= Self.leastCount else { return nil }
        return recent.count { $0 == nil } * 10 / recent.count * 100
    }
}

extension ProbeSamples {
    package static let formatVersion: Int64 = 1

    package static func key(of region: Region.ID) -> String { "latency/\(region).json" }

    /// Access points in the order of their ids, so that equal samples give equal bytes.
    package var json: JSONValue {
        var points = JSONObject()
        for (id, samples) in accessPoints.sorted(by: { $0.key < $1.key }) {
            var object: JSONObject = [
                "recent": .array(samples.recent.map { $0.map { .integer($0) } ?? .null })
            ]
            object["settled"] = samples.settledMilliseconds.map { .integer(Int64($0)) }
            if samples.throughput != ThroughputSamples() {
                object["throughput"] = samples.throughput.json
            }
            points.append(id, .object(object))
        }
        return ["version": .integer(Self.formatVersion), "accessPoints": .object(points)]
    }

    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        guard let value = fields.value("accessPoints") else { return }
        var points = try JSONFields(value, at: "accessPoints")
        for id in points.keys {
            guard let value = points.value(id) else { continue }
            accessPoints[id] = try Samples(json: value, at: "accessPoints.\(id)")
        }
    }
}

extension ProbeSamples.Samples {
    fileprivate init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        for value in try fields.array("recent") ?? [] {
            switch value {
            case .null: recent.append(nil)
            case .integer(let milliseconds): recent.append(min(max(milliseconds, 0), 60_000))
            default: throw fields.unexpected("recent", "milliseconds or null", value)
            }
        }
        recent = recent.suffix(Self.limit)
        settledMilliseconds = try fields.integer("settled", in: 0...60_000).map { Int($0) }
        if let value = fields.value("throughput") {
            throughput = try ThroughputSamples(json: value, at: "\(path).throughput")
        }
    }
}
