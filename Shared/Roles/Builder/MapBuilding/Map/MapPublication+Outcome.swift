package import JSON
package import MapHolds
package import Mirrors
import RegionMapFormat

extension MapPublication {
    /// What a run did, or, if it was a dry run, would do.
    package struct Outcome: Sendable {
        /// The generation of the catalog that the maps were built from.
        package let generation: UInt32
        let tally: HolderTally
        /// The regions whose maps could be built, in the order in which they were.
        package let regions: [(id: Region.ID, outcome: RegionOutcome)]

        /// The result line: `docs/functions.schema.json` describes it.
        package var json: JSONValue {
            var results: JSONObject = [:]
            for (id, outcome) in regions { results[id] = .object(outcome.json) }
            return [
                "generation": .integer(Int64(generation)), "files": tally.files.json,
                "folders": tally.folders.json, "regions": .object(results),
            ]
        }
    }

    /// What became of the map of one region.
    package enum RegionOutcome: Sendable {
        /// It stays, because an operator holds it.
        case held(MapHold)
        /// It was built, and published if its content is new.
        case built(MapFigures, isPublished: Bool)
        /// A dry run built it, and compared it with the published one; a guard rail may refuse it.
        case previewed(MapFigures, MapDifference, refusal: MapBuildingError?)

        var json: JSONObject {
            switch self {
            case .held(let hold):
                return [
                    "published": false, "heldUntil": .string("\(hold.until)"),
                    "reason": .string(hold.reason),
                ]
            case .built(let figures, let isPublished):
                var object = figures.json
                object["published"] = .bool(isPublished)
                return object
            case .previewed(let figures, let difference, let refusal):
                var object = figures.json
                object["published"] = false
                object["difference"] = .object(difference.json)
                object["refusal"] = refusal.map { .string("\($0)") }
                return object
            }
        }
    }

    /// How much is in a map.
    package struct MapFigures: Equatable, Sendable {
        package let pathCount: Int
        package let heldPathCount: Int
        package let accessPointCount: Int
        package let byteCount: Int

        init(of map: PublishedMap) {
            pathCount = map.header.pathCount
            heldPathCount = map.header.heldPathCount
            accessPointCount = map.header.accessPointCount
            byteCount = map.bytes.count
        }

        var json: JSONObject {
            [
                "paths": .integer(Int64(pathCount)),
                "held": .integer(Int64(heldPathCount)),
                "accessPoints": .integer(Int64(accessPointCount)),
                "bytes": .integer(Int64(byteCount)),
            ]
        }
    }
}
