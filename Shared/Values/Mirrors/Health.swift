package import JSON
package import Time

/// Which access points answer now: small, refreshed every minute, independent of the maps.
package struct Health: Equatable, Sendable {
    /// What the latest probe of one access point came to.
    package struct Status: Equatable, Sendable {
        package var isUp: Bool
        /// When `isUp` last changed.
        package var since: Timestamp
        package var checkedAt: Timestamp
        /// From the start of the probe to the first byte of its answer; nil when none came.
        package var latencyMilliseconds: Int64?
        /// Why it counts as down, for people: `connection refused`, `404 for the probe's file`.
        package var problem: String?

        package init(
            isUp: Bool,
            since: Timestamp,
            checkedAt: Timestamp,
            latencyMilliseconds: Int64? = nil,
            problem: String? = nil
        ) {
            self.isUp = isUp
            self.since = since
            self.checkedAt = checkedAt
            self.latencyMilliseconds = latencyMilliseconds
            self.problem = problem
        }
    }

    package var checkedAt: Timestamp
    package var accessPoints: [AccessPoint.ID: Status]

    package init(checkedAt: Timestamp, accessPoints: [AccessPoint.ID: Status] = [:]) {
        self.checkedAt = checkedAt
        self.accessPoints = accessPoints
    }
}

extension Health {
    /// The version of `health.json` that is written and read here.
    package static let formatVersion: Int64 = 1

    /// The blob `health.json`: access points in the order of their ids, so that equal health gives
    /// equal bytes.
    ///
    /// `down` repeats who is down before everything else, and is all that a redirect reads.
    package var json: JSONValue {
        var points = JSONObject()
        let down = accessPoints.filter { !$0.value.isUp }.keys.sorted()
        for (id, status) in accessPoints.sorted(by: { $0.key < $1.key }) {
            var fields: JSONObject = [
                "up": .bool(status.isUp),
                "since": .integer(status.since.secondsSinceEpoch),
                "checkedAt": .integer(status.checkedAt.secondsSinceEpoch),
            ]
            fields["latencyMilliseconds"] = status.latencyMilliseconds.map { .integer($0) }
            fields["problem"] = status.problem.map { .string($0) }
            points.append(id, .object(fields))
        }
        return [
            "version": .integer(Self.formatVersion),
            "checkedAt": .integer(checkedAt.secondsSinceEpoch),
            "down": .array(down.map { .string($0) }),
            "accessPoints": .object(points),
        ]
    }

    /// Reads `health.json`.
    ///
    /// Keys that a newer writer added are ignored, other surprises are errors.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.integer("version", in: Self.formatVersion...Self.formatVersion)
        guard let checkedAt = try fields.integer("checkedAt"),
            let points = fields.value("accessPoints")
        else {
            throw .missing(field: "checkedAt or accessPoints", expected: "both in health.json")
        }
        self.init(checkedAt: Timestamp(secondsSinceEpoch: checkedAt))
        guard case .object(let object) = points else {
            throw fields.unexpected("accessPoints", "an object", points)
        }
        for member in object.members {
            let id = member.key
            var status = try JSONFields(member.value, at: "accessPoints.\(id)")
            guard let isUp = try status.bool("up") else {
                throw .missing(field: status.name(of: "up"), expected: "true or false")
            }
            accessPoints[id] = Status(
                isUp: isUp,
                since: Timestamp(secondsSinceEpoch: try status.integer("since") ?? checkedAt),
                checkedAt: Timestamp(
                    secondsSinceEpoch: try status.integer("checkedAt") ?? checkedAt
                ),
                latencyMilliseconds: try status.integer("latencyMilliseconds"),
                problem: try status.string("problem")
            )
        }
    }
}
