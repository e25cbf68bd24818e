import Bytes
import Redirection
import RegionMapFormat

/// A core without pages: whatever a request asks for beside a file, it is redirected to a mirror's
/// copy of the file, or to the fallback host.
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
        throw Edge.Refusal("no blob that an edge reads")
    }
}
