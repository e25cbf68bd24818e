import HealthFormat
package import Events
package import JSON
import Mirrors
import RunRecords
package import Time

/// The JSON of mirrors in `status.json`, `m/<id>.json` and `mirrors --json`.
package enum MirrorJSON {
    /// A mirror in a few members, without contacts or operators' texts.
    package static func summary(of mirror: MirrorFacts, now: Timestamp) -> JSONValue {
        .object(members(of: mirror, now: now))
    }

    private static func members(of mirror: MirrorFacts, now: Timestamp) -> JSONObject {
        var object: JSONObject = [
            "id": .string(mirror.id), "name": .string(mirror.mirror.name),
            "country": .string(mirror.mirror.country.letters),
            "region": .string(mirror.mirror.region),
            "state": .string(mirror.verdict.word.rawValue),
            "since": mirror.verdict.since.map { .string("\($0)") } ?? .null,
            "why": .string(mirror.verdict.sentence), "remedy": .string(mirror.verdict.remedy),
            "complete": mirror.completeness.map { .number(rounded($0)) } ?? .null,
            "partial": .bool(mirror.isPartial),
            "behindSince": mirror.behindSince.map { .string("\($0)") } ?? .null,
        ]
        object.append("files", files(of: mirror.tally))
        if let withheld = mirror.withheld {
            object["withheld"] = [
                "files": .integer(Int64(withheld.count)), "missing": .string(withheld.example),
                "since": withheld.since.map { .string("\($0)") } ?? .null,
            ]
        }
        object.append("accessPoints", .array(mirror.points.map { point(of: $0) }))
        return object
    }

    private static func point(of point: AccessPointFacts) -> JSONValue {
        let since = point.trouble.map { $0.since } ?? point.status?.since
        return [
            "id": .string(point.accessPoint.id), "url": .string(point.accessPoint.baseURL),
            "up": .bool(point.isUp), "state": .string(point.stateWord),
            "since": since.map { .string("\($0)") } ?? .null,
            "problem": point.trouble.map { .string($0.sentence) }
                ?? point.line?.problem.map { .string($0) } ?? .null,
            "certificateEnd": point.certificateEnd.map { .string("\($0)") } ?? .null,
        ]
    }

    package static func files(of tally: FileTally) -> JSONValue {
        [
            "held": .integer(Int64(tally.held)), "absent": .integer(Int64(tally.absent)),
            "wrong": .integer(Int64(tally.altered)), "stale": .integer(Int64(tally.stale)),
            "refused": .integer(Int64(tally.refused)), "unasked": .integer(Int64(tally.unasked)),
        ]
    }

    /// Everything that is known of one mirror.
    package static func whole(
        of mirror: MirrorFacts,
        in facts: DeploymentFacts,
        events: [Event]
    ) -> JSONValue {
        var object = members(of: mirror, now: facts.now)
        object["accessPoints"] = .array(mirror.points.map { detailed($0) })
        return .object(completed(object, of: mirror, events: events))
    }

    /// What is known of one mirror, without the times that move with each check.
    ///
    /// So a file of it is written only when something changed.
    package static func steady(
        of mirror: MirrorFacts,
        in facts: DeploymentFacts,
        events: [Event]
    ) -> JSONValue {
        let object = members(of: mirror, now: facts.now)
        return .object(completed(object, of: mirror, events: events))
    }

    private static func completed(
        _ object: JSONObject,
        of mirror: MirrorFacts,
        events: [Event]
    ) -> JSONObject {
        var object = object
        object.append(
            "causes",
            .array(mirror.causes.map(json(of:)))
        )
        object.append(
            "regions",
            .array(
                mirror.ranks.map { rank in
                    var object: JSONObject = [
                        "region": .string(rank.region),
                        "place": rank.rank.map { .integer(Int64($0)) } ?? .null,
                        "outOf": .integer(Int64(rank.outOf)),
                        "heldPaths": .integer(Int64(rank.heldPaths)),
                        "excluded": rank.excluded.map { .string($0) } ?? .null,
                    ]
                    if rank.removedPaths > 0 {
                        object["removedPaths"] = .integer(Int64(rank.removedPaths))
                        object["oldestRemovalAt"] = rank.oldestRemovalAt.map { .string("\($0)") }
                    }
                    return .object(object)
                }
            )
        )
        object.append(
            "places",
            .array(mirror.mirror.accessPoints.map { mirror.mirror.placeJSON(of: $0) })
        )
        object.append(
            "events",
            .array(events.filter(\.isPublic).map(\.json))
        )
        return object
    }

    private static func detailed(_ facts: AccessPointFacts) -> JSONValue {
        guard case .object(var object) = point(of: facts) else { return .null }
        object.append("files", files(of: facts.tally))
        object.append(
            "firstByteMilliseconds",
            facts.status?.latencyMilliseconds.map { .integer($0) } ?? .null
        )
        object.append("oldestProofAt", facts.oldestProofAt.map { .string("\($0)") } ?? .null)
        object.append("newestProofAt", facts.newestProofAt.map { .string("\($0)") } ?? .null)
        object.append("askedAt", facts.askedAt.map { .string("\($0)") } ?? .null)
        object.append("doubted", .bool(facts.isDoubtedAsWhole))
        return .object(object)
    }

    package static func json(of cause: AbsenceCause) -> JSONValue {
        [
            "kind": .string(cause.name), "text": .string(cause.sentence),
            "files": .integer(Int64(cause.count)),
            "since": cause.since.map { .string("\($0)") } ?? .null,
            "example": .string(cause.path),
        ]
    }

    /// Rounds a share to its significant digits.
    package static func rounded(_ share: Double) -> Double {
        (share * 100_000).rounded(.down) / 100_000
    }
}
