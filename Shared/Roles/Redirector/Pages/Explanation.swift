import JSON
import Mirrors
import Redirection
import URLs

/// How a redirect comes about: what went in, who was considered in which order, and who was not and
/// why.
///
/// The decision is made anew with the same code and the same snapshot, so it is the real one; only a
/// retry's turn to the next mirror is not part of it.
struct Explanation {
    let request: PageRequest
    let candidates: CandidateList
    let facts: FileFacts?
    let report: JSONValue?
    let snapshot: Snapshot
    let fallbackURL: [UInt8]

    var bytes: [UInt8] {
        var object: JSONObject = [
            "path": .string(String(decoding: request.path, as: UTF8.self))
        ]
        facts?.add(to: &object)
        object["client"] = client
        object["map"] = snapshot.json
        object["decision"] = decision
        let reasons = reportedReasons
        object["candidates"] = .array(
            candidates.chosen.map { candidate in
                guard case .object(var fields) = candidate.json(url: candidate.baseURL + url) else {
                    return .null
                }
                fields["preferred"] = .bool(candidate.isPreferred)
                fields["draw"] = candidate.draw.map { .number($0) }
                fields["ranking"] = reasons[candidate.id]
                return .object(fields)
            }
        )
        object["excluded"] = .array(
            candidates.excluded.map { candidate in
                var fields: JSONObject = [
                    "accessPoint": .string(candidate.id), "mirror": .string(candidate.mirrorID),
                    "url": .string(candidate.baseURL), "rank": .integer(Int64(candidate.rank)),
                ]
                fields["reason"] = (candidate.exclusion?.rawValue).map { .string($0) }
                fields["sentence"] = (candidate.exclusion?.sentence).map { .string($0) }
                fields["problem"] = candidate.problem.map { .string($0) }
                fields["ranking"] = reasons[candidate.id]
                return .object(fields)
            }
        )
        object["unmapped"] = ReportedExclusions(report).json
        return JSONValue.object(object).prettySerialized()
    }

    private var url: String { PercentEncoding.encoded(path: request.path) }

    /// What is known of the client; of its address no more than the choice saw.
    private var client: JSONValue {
        var object: JSONObject = [:]
        object["network"] = request.client.address.map { .string("\($0.clientNetwork)") }
        object["country"] = request.client.country.map { .string("\($0)") }
        object["https"] = .bool(request.client.isHTTPS)
        object["countryAskedFor"] = (request.wishes?.country).map { .string("\($0)") }
        if let wishes = request.wishes {
            object["mirrorAskedFor"] = .bool(wishes.mirror != nil)
            object["mirrorsToAvoid"] = .integer(Int64(wishes.avoided.count))
        }
        return .object(object)
    }

    private var decision: JSONValue {
        if let best = candidates.chosen.first {
            return [
                "outcome": "mirror", "accessPoint": .string(best.id),
                "location": .string(best.baseURL + url),
            ]
        }
        let reason: FallbackReason =
            !candidates.isKnown
            ? .unknownPath
            : candidates.excluded.allSatisfy { $0.exclusion == .notHeld } ? .noReplica : .noMirrorUp
        return [
            "outcome": "fallback", "reason": .string(reason.rawValue),
            "location": .string(String(decoding: fallbackURL, as: UTF8.self) + url),
        ]
    }

    /// By access point what the Builder's report says about its rank.
    private var reportedReasons: [String: JSONValue] {
        guard case .object(let report)? = report, case .array(let mirrors)? = report["mirrors"]
        else { return [:] }
        var reasons: [String: JSONValue] = [:]
        for case .object(let mirror) in mirrors {
            guard case .array(let points)? = mirror["accessPoints"] else { continue }
            for case .object(let point) in points {
                guard case .string(let id)? = point["id"] else { continue }
                var ranking: JSONObject = [:]
                for key in ["score", "reasons", "heldPaths", "verifiedAt"] {
                    ranking[key] = point[key]
                }
                reasons[id] = .object(ranking)
            }
        }
        return reasons
    }
}
