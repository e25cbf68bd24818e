import Bytes
import JSON
import Redirection
import RegionMapFormat
import Time
import URLs

extension MirrorListPage {
    /// The list of mirrors as JSON; `map` is the snapshot's.
    func json(_ map: borrowing RegionMap) -> [UInt8] {
        let encoded = PercentEncoding.encodedBytes(path: path)
        var json = JSONText(capacity: 1024 + 512 * min(candidates.all.count, 512))
        json.beginObject()
        json.member("path", path.span)
        facts?.add(to: &json)
        json.members(of: snapshot)
        json.beginArray("mirrors")
        for index in candidates.chosen {
            guard let point = map.accessPoint(at: index) else { continue }
            json.beginObject()
            json.members(of: candidates.all[index], point, in: map, path: encoded.span)
            json.endObject()
        }
        json.endArray()
        json.beginArray("excluded")
        for index in candidates.excluded {
            guard let point = map.accessPoint(at: index) else { continue }
            let candidate = candidates.all[index]
            json.beginObject()
            json.members(of: candidate, point, in: map, path: encoded.span)
            json.members(
                ofExclusionAt: index,
                candidates,
                map.text(point.id),
                snapshot,
                now: now.secondsSinceEpoch
            )
            json.endObject()
        }
        json.endArray()
        json.member("unmapped", json: report?.exclusions.json ?? Array("[]".utf8))
        json.member("fallback", fallbackURL.span, then: encoded.span)
        json.endObject()
        return json.finished()
    }
}
