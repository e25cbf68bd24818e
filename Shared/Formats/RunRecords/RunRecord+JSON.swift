package import JSON
package import Mirrors
import Time

extension RunRecord {
    package static let formatVersion: Int64 = 1
    package static let prefix = "runs/"
    /// The maximum length of a blob in bytes.
    package static let byteLimit = 1 << 16
    /// The maximum length of a message in characters; longer ones are cut off.
    package static let textLimit = 300
    /// The maximum number of refusals that are kept, in the order of what was refused.
    package static let refusalLimit = 64
    /// The maximum number of warnings that are kept.
    package static let warningLimit = 8

    package static func key(of role: Role, in region: Region.ID? = nil) -> String {
        "\(prefix)\(role.rawValue)\(region.map { "-\($0)" } ?? "").json"
    }

    package var key: String { Self.key(of: role, in: region) }

    package var json: JSONValue {
        var object: JSONObject = [
            "version": .integer(Self.formatVersion), "function": .string(role.rawValue),
        ]
        object["region"] = region.map { .string($0) }
        object["program"] = .string(program)
        object["startedAt"] = .string("\(startedAt)")
        object["endedAt"] = .string("\(endedAt)")
        object["exit"] = .integer(Int64(exit))
        object["error"] = error.map { .string(String($0.prefix(Self.textLimit))) }
        object["lastSuccessAt"] = lastSuccessAt.map { .string("\($0)") }
        object["failingSince"] = failingSince.map { .string("\($0)") }
        object["steadySince"] = steadySince.map { .string("\($0)") }
        object["intervalSeconds"] = intervalSeconds.map { .integer($0) }
        if !refusals.isEmpty {
            var regions = JSONObject()
            let kept = refusals.sorted { $0.key < $1.key }.prefix(Self.refusalLimit)
            for (region, refusal) in kept {
                regions.append(
                    region,
                    [
                        "reason": .string(String(refusal.reason.prefix(Self.textLimit))),
                        "since": .string("\(refusal.since)"),
                        "loggedAt": .string("\(refusal.loggedAt)"),
                    ]
                )
            }
            object["refused"] = .object(regions)
        }
        if !warnings.isEmpty {
            object["warnings"] = .array(
                warnings.prefix(Self.warningLimit).map {
                    .string(String($0.prefix(Self.textLimit)))
                }
            )
        }
        return .object(object)
    }

    /// Reads a record; keys that only newer programs know are skipped.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        let name = try fields.requiredString("function")
        guard let role = Role(rawValue: name) else {
            let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
            throw fields.unexpected("function", "one of \(known)", .string(name))
        }
        self.role = role
        region = try fields.string("region")
        program = try fields.string("program") ?? ""
        startedAt = try fields.requiredTime("startedAt")
        endedAt = try fields.requiredTime("endedAt")
        exit = Int(try fields.required("exit", in: 0...255))
        error = try fields.string("error")
        lastSuccessAt = try fields.time("lastSuccessAt")
        failingSince = try fields.time("failingSince")
        steadySince = try fields.time("steadySince")
        intervalSeconds = try fields.integer("intervalSeconds", in: 1...Self.longestInterval)
        warnings = (try fields.strings("warnings") ?? []).prefix(Self.warningLimit).map { $0 }
        refusals = [:]
        guard let value = fields.value("refused") else { return }
        var subjects = try JSONFields(value, at: "refused")
        for subject in subjects.keys.prefix(Self.refusalLimit) {
            guard let value = subjects.value(subject) else { continue }
            var fields = try JSONFields(value, at: "refused.\(subject)")
            refusals[subject] = Refusal(
                reason: try fields.string("reason") ?? "",
                since: try fields.requiredTime("since"),
                loggedAt: try fields.requiredTime("loggedAt")
            )
        }
    }

    /// A month.
    package static let longestInterval: Int64 = 31 * 86_400
}

extension JSONFields {
    mutating func requiredString(_ key: String) throws(JSONError) -> String {
        guard let text = try string(key) else {
            throw .missing(field: name(of: key), expected: "a string")
        }
        return text
    }

    /// The time under `key` in RFC 3339 and UTC, or nil if there is none.
    mutating func time(_ key: String) throws(JSONError) -> Timestamp? {
        guard let text = try string(key) else { return nil }
        guard let time = Timestamp(rfc3339: text.utf8Span.span) else {
            throw unexpected(key, "a time such as \"2026-11-22T15:47:00Z\"", .string(text))
        }
        return time
    }

    mutating func requiredTime(_ key: String) throws(JSONError) -> Timestamp {
        guard let time = try time(key) else {
            throw .missing(field: name(of: key), expected: "a time in RFC 3339 and UTC")
        }
        return time
    }
}
