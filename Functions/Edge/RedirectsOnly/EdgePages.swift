import Bytes
import Redirection
import RegionMapFormat

/// A core without pages: a request for a page is redirected like one for the file itself.
struct EdgePages {
    let renderer: (any PageRenderer)? = nil
    let executor: (any PageExecutor)? = nil

    init(_ settings: EdgeSettings, metrics: Metrics, regions: EdgeRegions) {}

    func answer(_ request: PageRequest) -> [UInt8] { [] }

    func missing(for request: PageRequest, _ failures: EdgeFailures) -> String? { nil }

    func missingDetails(of snapshot: Snapshot, _ failures: EdgeFailures, now: Int64) -> String? {
        nil
    }

    func use(
        _ key: String,
        _ blob: StableBytes,
        _ regions: EdgeRegions,
        now: Int64
    ) throws(Edge.Refusal) {
        throw Edge.Refusal("not a blob that an edge reads")
    }
}
