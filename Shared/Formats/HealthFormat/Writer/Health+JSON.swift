package import JSON
import Mirrors
package import Time

// `health.json`: for operators, and for programs of 0.1.0 during a rolling update.
extension Health {
    /// The text of the key of the rendering.
    package static let jsonKey = "health.json"
    private static let jsonVersion: Int64 = 1

    /// The health as readable JSON, sorted by access point id.
    ///
    /// `down` comes first and is all that a redirector of 0.1.0 reads: it lists the access points
    /// that must not be used, for any reason.
    package func json(at now: Timestamp) -> JSONValue {
        var points = JSONObject()
        let ids = Set(statuses.keys).union(doubts.keys).union(closures.keys).sorted()
        for id in ids { points.append(id, .object(members(of: id))) }
        return [
            "version": .integer(Self.jsonVersion),
            "checkedAt": .integer((probedAt ?? writtenAt).secondsSinceEpoch),
            "down": .array(unusable(at: now).sorted().map { .string($0) }),
            "accessPoints": .object(points),
        ]
    }

    private func members(of id: AccessPoint.ID) -> JSONObject {
        let status = statuses[id]
        var fields: JSONObject = ["up": .bool(status?.isUp ?? true)]
        if let status {
            fields["since"] = .integer(status.since.secondsSinceEpoch)
            fields["checkedAt"] = .integer(status.checkedAt.secondsSinceEpoch)
            fields["latencyMilliseconds"] = status.latencyMilliseconds.map { .integer($0) }
            fields["class"] = status.outage.map { .string($0.name) }
            fields["problem"] = status.problem.map { .string($0) }
            fields["certificateEnd"] = status.certificateEnd.map { .integer($0.secondsSinceEpoch) }
        }
        if let doubt = doubts[id] {
            var members: JSONObject = [
                "reason": .string(doubt.reason.name),
                "since": .integer(doubt.since.secondsSinceEpoch),
                "problem": .string(doubt.reason.sentence),
            ]
            members["whole"] = .bool(doubt.scope == .whole)
            fields["doubt"] = .object(members)
        }
        if let closure = closures[id] {
            var members: JSONObject = ["since": .integer(closure.since.secondsSinceEpoch)]
            members["until"] = closure.until.map { .integer($0.secondsSinceEpoch) }
            if !closure.reason.isEmpty { members["reason"] = .string(closure.reason) }
            fields["closed"] = .object(members)
        }
        return fields
    }

    /// Reads `health.json`, as 0.1.0 wrote it or this program does.
    ///
    /// It is for a store without `health`, or with a damaged one. A doubt of some paths becomes one
    /// of all, because the filter is missing. Unknown keys are ignored; any other surprise is an
    /// error.
    package init(json: JSONValue) throws(JSONError) {
        self.init()
        var fields = try JSONFields(json)
        _ = try fields.integer("version", in: Self.jsonVersion...Self.jsonVersion)
        guard let checkedAt = try fields.integer("checkedAt"),
            let points = fields.value("accessPoints")
        else {
            throw .missing(field: "checkedAt or accessPoints", expected: "both in health.json")
        }
        let probedAt = Timestamp(secondsSinceEpoch: checkedAt)
        self.probedAt = probedAt
        writtenAt = probedAt
        guard case .object(let object) = points else {
            throw fields.unexpected("accessPoints", "an object", points)
        }
        for member in object.members {
            var status = try JSONFields(member.value, at: "accessPoints.\(member.key)")
            guard let isUp = try status.bool("up") else {
                throw .missing(field: status.name(of: "up"), expected: "true or false")
            }
            try takeOver(&status, of: member.key)
            // Known to other writers than the probe.
            let isProbed = status.value("checkedAt") != nil
            guard isProbed || doubts[member.key] == nil && closures[member.key] == nil else {
                continue
            }
            let problem = try status.string("problem")
            statuses[member.key] = Status(
                outage: isUp ? nil : Outage(problem: problem ?? ""),
                since: Timestamp(secondsSinceEpoch: try status.integer("since") ?? checkedAt),
                checkedAt: Timestamp(
                    secondsSinceEpoch: try status.integer("checkedAt") ?? checkedAt
                ),
                latencyMilliseconds: try status.integer("latencyMilliseconds"),
                wantsPause: isUp && problem?.hasPrefix("429") == true,
                certificateEnd: try status.integer("certificateEnd").map {
                    Timestamp(secondsSinceEpoch: $0)
                }
            )
        }
    }
}

extension Health {
    /// Reads what writers other than the probe say about an access point.
    private mutating func takeOver(
        _ fields: inout JSONFields,
        of id: AccessPoint.ID
    ) throws(JSONError) {
        if let json = fields.value("doubt") {
            var members = try JSONFields(json, at: fields.name(of: "doubt"))
            let name = try members.string("reason")
            doubts[id] = Doubt(
                reason: DoubtReason.allCases.first { $0.name == name } ?? .other,
                since: Timestamp(secondsSinceEpoch: try members.integer("since") ?? 0),
                scope: .whole
            )
        }
        if let json = fields.value("closed") {
            var members = try JSONFields(json, at: fields.name(of: "closed"))
            closures[id] = Closure(
                since: Timestamp(secondsSinceEpoch: try members.integer("since") ?? 0),
                until: try members.integer("until").map { Timestamp(secondsSinceEpoch: $0) },
                reason: try members.string("reason") ?? ""
            )
        }
    }
}

extension Health.Status {
    /// The problem in a few words; nil if there is none.
    package var problem: String? {
        outage?.sentence ?? (wantsPause ? "429: it wants fewer questions" : nil)
    }
}

extension Outage {
    /// The category of a text by 0.1.0: a status if it begins with one.
    fileprivate init(problem: String) {
        let digits = problem.utf8.prefix(3)
        let status = UInt16(String(decoding: digits, as: UTF8.self))
        self = status.map { .status($0) } ?? .other
    }
}
