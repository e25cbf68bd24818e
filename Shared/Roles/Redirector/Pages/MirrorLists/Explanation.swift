import Bytes
import JSON
import Mirrors
import Redirection
import RegionMapFormat
import URLs

/// Explains a redirect: the inputs, the candidates in order, and every exclusion with its reason.
///
/// The decision is repeated with the same code and snapshot, so it is the real one, except that a
/// retry's move to the next mirror is not part of it.
struct Explanation {
    let request: PageRequest
    let candidates: CandidateList
    let facts: FileFacts?
    let report: PageReport?
    let snapshot: Snapshot
    let fallbackURL: [UInt8]

    /// The text; `map` is the snapshot's.
    func bytes(_ map: borrowing RegionMap) -> [UInt8] {
        let encoded = PercentEncoding.encodedBytes(path: request.path)
        var json = JSONText(capacity: 2048 + 1024 * min(candidates.all.count, 512))
        json.beginObject()
        json.member("path", request.path.span)
        facts?.add(to: &json)
        addClient(to: &json)
        json.members(of: snapshot)
        addDecision(map, encoded.span, to: &json)
        addCandidates(map, encoded.span, to: &json)
        addExcluded(map, to: &json)
        json.member("unmapped", json: report?.exclusions.json ?? Array("[]".utf8))
        json.endObject()
        return json.finished()
    }

    /// The properties of the client; of its address, only the part that the choice used.
    private func addClient(to json: inout JSONText) {
        let client = request.client
        json.beginObject("client")
        if let address = client.address { json.member("network", "\(address.clientNetwork)") }
        if let country = client.country { json.member("country", "\(country)") }
        json.member("placeKnown", client.place != nil)
        if let system = client.system { json.member("autonomousSystem", Int64(system)) }
        json.member("https", client.isHTTPS)
        if let preferences = request.preferences {
            if let country = preferences.country { json.member("countryAskedFor", "\(country)") }
            json.member("mirrorAskedFor", preferences.mirror != nil)
            json.member("mirrorsToAvoid", Int64(preferences.avoided.count))
        }
        json.endObject()
    }

    private func addDecision(
        _ map: borrowing RegionMap,
        _ path: Span<UInt8>,
        to json: inout JSONText
    ) {
        json.beginObject("decision")
        if let best = candidates.chosen.first, let point = map.accessPoint(at: best) {
            json.member("outcome", "mirror")
            json.member("accessPoint", map.text(point.id))
            json.member("location", map.text(point.baseURL), then: path)
        } else {
            json.member("outcome", "fallback")
            if let reason = candidates.fallbackReason { json.member("reason", reason.rawValue) }
            json.member("location", fallbackURL.span, then: path)
        }
        json.endObject()
    }

    private func addCandidates(
        _ map: borrowing RegionMap,
        _ path: Span<UInt8>,
        to json: inout JSONText
    ) {
        json.beginArray("candidates")
        for index in candidates.chosen {
            guard let point = map.accessPoint(at: index) else { continue }
            let candidate = candidates.all[index]
            json.beginObject()
            json.members(of: candidate, point, in: map, path: path)
            json.member("preferred", candidate.isPreferred)
            if let draw = candidate.draw { json.member("draw", number: draw) }
            addRanking(of: map.text(point.id), to: &json)
            json.endObject()
        }
        json.endArray()
    }

    private func addExcluded(_ map: borrowing RegionMap, to json: inout JSONText) {
        json.beginArray("excluded")
        for index in candidates.excluded {
            guard let point = map.accessPoint(at: index) else { continue }
            let candidate = candidates.all[index]
            let id = map.text(point.id)
            json.beginObject()
            json.member("accessPoint", id)
            json.member("mirror", map.text(point.mirrorID))
            json.member("url", map.text(point.baseURL))
            json.member("rank", Int64(candidate.rank))
            json.members(ofExclusionAt: index, candidates, id, snapshot, now: request.now)
            addRanking(of: id, to: &json)
            json.endObject()
        }
        json.endArray()
    }

    /// Adds the builder's reasons for the rank of an access point.
    private func addRanking(of id: Span<UInt8>, to json: inout JSONText) {
        guard let facts = report?.facts(of: id) else { return }
        json.member("ranking", json: facts.ranking)
    }
}
