import Bytes
import JSON
import Redirection
import RegionMapFormat
import Time

extension JSONText {
    /// Adds what the map says about an access point, and its rank among the candidates.
    ///
    /// `path` is the encoded path of the file.
    mutating func members(
        of candidate: CandidateList.Candidate,
        _ point: RegionMapRecord,
        in map: borrowing RegionMap,
        path: Span<UInt8>
    ) {
        if let position = candidate.position { member("position", Int64(position)) }
        member("accessPoint", map.text(point.id))
        member("mirror", map.text(point.mirrorID))
        member("name", map.text(point.mirrorName))
        member("url", map.text(point.baseURL), then: path)
        if let country = point.country {
            let letters = country.letters
            member("country", letters.span)
        }
        if let distance = point.distanceKilometres { member("distanceKilometres", Int64(distance)) }
        member("rank", Int64(candidate.rank))
        member("weight", Int64(point.weight))
        if point.maxSharePerMille < 1000 {
            member("maxSharePercent", number: Double(point.maxSharePerMille) / 10)
        }
        member("ipv4", point.hasIPv4)
        member("ipv6", point.hasIPv6)
        member("partial", point.isPartial)
        if let time = candidate.verifiedAt { member("verified", time) }
    }

    /// Adds why the access point at `index` with the id is left out: a keyword, a sentence, and
    /// since when.
    mutating func members(
        ofExclusionAt index: Int,
        _ candidates: CandidateList,
        _ id: Span<UInt8>,
        _ snapshot: Snapshot,
        now: Int64
    ) {
        let candidate = candidates.all[index]
        guard let exclusion = candidate.exclusion else { return }
        member("reason", exclusion.rawValue)
        var sentence: [UInt8] = []
        candidates.appendReason(at: index, id: id, in: snapshot, now: now, to: &sentence)
        member("sentence", sentence.span)
        if let since = candidate.since { member("since", Timestamp(secondsSinceEpoch: since)) }
        if let problem = snapshot.health?.report.problem(exclusion, of: id) {
            member("problem", problem)
        }
    }

    /// Adds the map and the health that an answer is based on.
    mutating func members(of snapshot: Snapshot) {
        beginObject("map")
        member("region", snapshot.regionID)
        member("generation", Int64(snapshot.generation))
        member("built", Timestamp(secondsSinceEpoch: snapshot.builtAt))
        member("paths", Int64(snapshot.pathCount))
        if let healthCheckedAt = snapshot.healthCheckedAt {
            member("probed", Timestamp(secondsSinceEpoch: healthCheckedAt))
        }
        endObject()
    }

    mutating func member(_ key: StaticString, _ time: Timestamp) {
        var text: [UInt8] = []
        text.reserveCapacity(20)
        text.append(rfc3339: time)
        member(key, text.span)
    }
}

extension RegionMapCountry {
    /// The two capital letters.
    var letters: InlineArray<2, UInt8> {
        [UInt8(truncatingIfNeeded: rawValue), UInt8(truncatingIfNeeded: rawValue >> 8)]
    }
}
