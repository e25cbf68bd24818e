import Bytes
package import JSON
import Redirection
import Time

/// What pages use of the builder's report on a region's map, prepared once for each version.
package final class PageReport: Sendable {
    /// The entry of one access point.
    struct Facts: Sendable {
        /// The id, in UTF-8.
        let id: [UInt8]
        let verifiedAt: Timestamp?
        /// The time until which its tree is complete; nil if it is not behind, or unknown.
        let completeUntil: Timestamp?
        /// The reasons for its rank, as JSON three levels deep; empty if the report has none.
        let ranking: [UInt8]
    }

    private let facts: [Facts]
    /// The indexes of `facts` by the hashes of their ids.
    private let indexes: [UInt64: Int]
    /// The access points that are not in the map at all.
    let exclusions: ReportedExclusions

    /// Takes what it understands; a report of another shape gives an empty value.
    package init(_ report: JSONValue) {
        var facts: [Facts] = []
        var indexes: [UInt64: Int] = [:]
        for point in report.reportedAccessPoints {
            guard let id = point.string("id") else { continue }
            let bytes = Array(id.utf8)
            indexes[Rendezvous.hash(bytes.span)] = facts.count
            facts.append(
                Facts(
                    id: bytes,
                    verifiedAt: point.time("verifiedAt"),
                    completeUntil: point.time("completeUntil"),
                    ranking: Self.ranking(of: point)
                )
            )
        }
        self.facts = facts
        self.indexes = indexes
        exclusions = ReportedExclusions(report)
    }

    private static func ranking(of point: JSONObject) -> [UInt8] {
        var ranking: JSONObject = [:]
        for key in ["score", "reasons", "heldPaths", "verifiedAt"] { ranking[key] = point[key] }
        var bytes: [UInt8] = []
        JSONValue.object(ranking).append(to: &bytes, indentation: 3)
        return bytes
    }

    /// The entry of the access point with the id, or nil.
    func facts(of id: Span<UInt8>) -> Facts? {
        guard let index = indexes[Rendezvous.hash(id)] else { return nil }
        // Two ids may have the same hash.
        let facts = facts[index]
        return facts.id.span.equals(id) ? facts : nil
    }
}

extension JSONValue {
    /// The access points of all mirrors of a report.
    fileprivate var reportedAccessPoints: [JSONObject] {
        guard case .object(let report) = self, case .array(let mirrors)? = report["mirrors"]
        else { return [] }
        var points: [JSONObject] = []
        for case .object(let mirror) in mirrors {
            guard case .array(let values)? = mirror["accessPoints"] else { continue }
            for case .object(let point) in values { points.append(point) }
        }
        return points
    }
}
