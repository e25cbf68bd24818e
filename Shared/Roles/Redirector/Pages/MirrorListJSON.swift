import JSON
import Mirrors
import Redirection
import Time
import URLs

/// The list of mirrors for programs.
struct MirrorListJSON {
    let path: [UInt8]
    let candidates: CandidateList
    let facts: FileFacts?
    let unmapped: ReportedExclusions
    let snapshot: Snapshot
    let fallbackURL: [UInt8]

    var bytes: [UInt8] {
        let url = PercentEncoding.encoded(path: path)
        var object: JSONObject = ["path": .string(String(decoding: path, as: UTF8.self))]
        facts?.add(to: &object)
        object["map"] = snapshot.json
        object["mirrors"] = .array(candidates.chosen.map { $0.json(url: $0.baseURL + url) })
        object["excluded"] = .array(
            candidates.excluded.map { candidate in
                guard case .object(var fields) = candidate.json(url: candidate.baseURL + url) else {
                    return .null
                }
                fields["reason"] = (candidate.exclusion?.rawValue).map { .string($0) }
                fields["problem"] = candidate.problem.map { .string($0) }
                return .object(fields)
            }
        )
        object["unmapped"] = unmapped.json
        object["fallback"] = .string(String(decoding: fallbackURL, as: UTF8.self) + url)
        return JSONValue.object(object).prettySerialized()
    }
}

extension CandidateList.Candidate {
    /// What the map says about the access point, and the place it was given.
    func json(url: String) -> JSONValue {
        var object: JSONObject = [:]
        object["position"] = position.map { .integer(Int64($0)) }
        object["accessPoint"] = .string(id)
        object["mirror"] = .string(mirrorID)
        object["name"] = .string(mirrorName)
        object["url"] = .string(url)
        object["country"] = country.map { .string($0) }
        object["distanceKilometres"] = distanceKilometres.map { .integer(Int64($0)) }
        object["rank"] = .integer(Int64(rank))
        object["weight"] = .integer(Int64(weight))
        if maxSharePerMille < 1000 {
            object["maxSharePercent"] = .number(Double(maxSharePerMille) / 10)
        }
        object["ipv4"] = .bool(hasIPv4)
        object["ipv6"] = .bool(hasIPv6)
        object["partial"] = .bool(isPartial)
        object["verified"] = verifiedAt.map { .string($0.description) }
        return .object(object)
    }
}

extension Snapshot {
    /// Which map and which health an answer rests on.
    var json: JSONValue {
        var object: JSONObject = [
            "region": .string(regionID),
            "generation": .integer(Int64(generation)),
            "built": .string(Timestamp(secondsSinceEpoch: builtAt).description),
            "paths": .integer(Int64(pathCount)),
        ]
        if let healthCheckedAt {
            object["probed"] = .string(
                Timestamp(secondsSinceEpoch: healthCheckedAt).description
            )
        }
        return .object(object)
    }
}
