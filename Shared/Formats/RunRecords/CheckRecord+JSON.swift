package import CheckStates
package import JSON
import Mirrors
import Time

extension CheckRecord {
    package static let formatVersion: Int64 = 1
    package static let prefix = "runs/checker/"
    /// The maximum length of a blob in bytes: enough for some 8,000 access points.
    package static let byteLimit = 1 << 23
    /// The slot of checks by name.
    package static let selectedSlot = "selected"

    package static func key(ofSlot slot: String) -> String { "\(prefix)\(slot).json" }

    package var key: String { Self.key(ofSlot: slot) }

    package var json: JSONValue {
        [
            "version": .integer(Self.formatVersion), "slot": .string(slot),
            "startedAt": .string("\(startedAt)"), "endedAt": .string("\(endedAt)"),
            "ending": .string(ending), "generation": .integer(Int64(generation)),
            "accessPoints": .array(lines.map { .object($0.json) }),
        ]
    }

    /// Reads a record; keys that only newer programs know are skipped.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        slot = try fields.requiredString("slot")
        startedAt = try fields.requiredTime("startedAt")
        endedAt = try fields.requiredTime("endedAt")
        ending = try fields.string("ending") ?? ""
        generation = UInt32(try fields.integer("generation", in: 0...Int64(UInt32.max)) ?? 0)
        lines = []
        for (index, value) in (try fields.array("accessPoints") ?? []).enumerated() {
            lines.append(try Line(json: value, at: "accessPoints[\(index)]", endedAt))
        }
    }
}

extension CheckRecord.Line {
    package var json: JSONObject {
        var object: JSONObject = ["id": .string(id), "at": .string("\(at)")]
        object.append("asked", .integer(Int64(askedCount)))
        if let counts {
            for (key, path) in FileCounts.names {
                object.append(key, .integer(Int64(counts[keyPath: path])))
            }
        }
        object.append("left", .integer(Int64(leftCount)))
        object["requestsPerSecond"] = requestsPerSecond.map { .number($0) }
        object["doubtedSince"] = doubtedSince.map { .string("\($0)") }
        object["doubtReason"] = doubtReason.map { .string($0) }
        object["problem"] = problem.map { .string(String($0.prefix(RunRecord.textLimit))) }
        if !answers.isEmpty { object["answers"] = answers.countsJSON }
        if !answers.samples.isEmpty { object["samples"] = answers.samplesJSON }
        object["listedAt"] = listedAt.map { .string("\($0)") }
        object["visits"] = visits?.json
        return object
    }

    fileprivate init(
        json: JSONValue,
        at path: String,
        _ endedAt: Timestamp
    ) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        let id = try fields.requiredString("id")
        self.init(id: id, at: try fields.time("at") ?? endedAt)
        askedCount = Int(try fields.integer("asked", in: 0...Int64(UInt32.max)) ?? 0)
        leftCount = Int(try fields.integer("left", in: 0...Int64(UInt32.max)) ?? 0)
        var counts = FileCounts()
        var isCounted = false
        for (key, path) in FileCounts.names {
            guard let count = try fields.integer(key, in: 0...Int64(UInt32.max)) else { continue }
            counts[keyPath: path] = Int(count)
            isCounted = true
        }
        if isCounted { self.counts = counts }
        requestsPerSecond = try fields.number("requestsPerSecond")
        doubtedSince = try fields.time("doubtedSince")
        doubtReason = try fields.string("doubtReason")
        problem = try fields.string("problem")
        answers = try AnswerTally(&fields)
        listedAt = try fields.time("listedAt")
        visits = try fields.value("visits").map { value throws(JSONError) in
            try Visits(json: value, at: fields.name(of: "visits"))
        }
    }
}

extension Visits {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["day": .integer(day), "count": .integer(Int64(count))]
        object["dayBefore"] = earlierCount.map { .integer(Int64($0)) }
        return .object(object)
    }

    fileprivate init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        self.init(
            day: try fields.required("day", in: 0...Int64(UInt32.max)),
            count: Int(try fields.required("count", in: 0...Int64.max)),
            earlierCount: try fields.integer("dayBefore", in: 0...Int64.max).map { Int($0) }
        )
    }
}

extension FileCounts {
    /// The counts with their names in results.
    package static var names: [(key: String, path: WritableKeyPath<FileCounts, Int>)] {
        [
            ("present", \.present), ("absent", \.absent), ("altered", \.altered),
            ("stale", \.stale), ("refused", \.refused), ("unreachable", \.unreachable),
            ("suspected", \.suspected), ("unknown", \.unknown),
        ]
    }
}

extension AnswerTally {
    /// The counts, most frequent first.
    package var countsJSON: JSONValue {
        var object = JSONObject()
        let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        for (name, count) in sorted { object.append(name, .integer(Int64(count))) }
        return .object(object)
    }

    package var samplesJSON: JSONValue {
        .array(
            samples.map { sample in
                var object: JSONObject = [
                    "path": .string(sample.path), "answer": .string(sample.answer),
                ]
                object["byteCount"] = sample.byteCount.map { .integer(Int64(clamping: $0)) }
                return .object(object)
            }
        )
    }

    init(_ fields: inout JSONFields) throws(JSONError) {
        self.init()
        if let value = fields.value("answers") {
            var named = try JSONFields(value, at: fields.name(of: "answers"))
            for name in named.keys.prefix(Self.nameLimit + 1) {
                let count = try named.integer(name, in: 0...Int64(UInt32.max)) ?? 0
                set(name, Int(count))
            }
        }
        let path = fields.name(of: "samples")
        for value in (try fields.array("samples") ?? []).prefix(Self.nameLimit * Self.sampleLimit) {
            var fields = try JSONFields(value, at: path)
            keep(
                Sample(
                    path: try fields.requiredString("path"),
                    answer: try fields.requiredString("answer"),
                    byteCount: try fields.integer("byteCount", in: 0...Int64.max).map { UInt64($0) }
                )
            )
        }
    }
}
