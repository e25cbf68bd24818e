import Bytes
import FileDetailsFormat
import JSON
import Mirrors
import Pages
import Redirection
import RegionMapFormat

/// The pages of the core, and the blobs that they are made from.
struct EdgePages {
    let renderer: (any PageRenderer)?
    let executor: (any PageExecutor)?
    private let answers: PageAnswers
    private let blobs = EdgeBlobs()

    init(_ settings: EdgeSettings, metrics: Metrics, regions: EdgeRegions) {
        answers = PageAnswers(
            settings: settings.answers,
            metrics: metrics,
            blobs: blobs,
            regions: { unsafe regions.ids },
            generator: "Redirector/\(version)",
            statusURL: settings.statusURL
        )
        renderer = answers
        executor = EdgePageExecutor()
    }

    /// The whole answer to a request for a page.
    func answer(_ request: PageRequest) -> [UInt8] { answers.answer(request) }

    /// The key of a blob that `request` lacks; nil if there is none or it cannot be had.
    func missing(for request: PageRequest, _ failures: EdgeFailures) -> String? {
        blobs.missing(for: request, failures)
    }

    /// The key of the file details for `snapshot`, if they can be had.
    ///
    /// Details that are here already are given to the snapshot.
    func missingDetails(of snapshot: Snapshot, _ failures: EdgeFailures, now: Int64) -> String? {
        if let details = blobs.details(generation: snapshot.generation) {
            snapshot.use(details)
            return nil
        }
        return blobs.missingDetails(of: snapshot, failures, now: now)
    }

    /// Starts to use the blob with `key`, which pages are made from.
    func use(
        _ key: String,
        _ blob: StableBytes,
        _ regions: EdgeRegions,
        now: Int64
    ) throws(Edge.Refusal) {
        if FileDetailsKey.generation(of: key) != nil {
            blobs.use(
                try Edge.Refusal.from { () throws(PathTableError) in try FileDetails(blob) }
            )
        } else if key.isSpelled(like: BlobName.holders) {
            blobs.use(
                try Edge.Refusal.from { () throws(RegionMapError) in try Holders(blob) },
                now: now
            )
        } else if key.utf8.starts(with: EdgeBlobs.statusPrefix.utf8) {
            blobs.use(statusFile: blob.array, key, now: now)
        } else if let region = unsafe regions.ids.first(where: {
            BlobName.report(of: $0).isSpelled(like: key)
        }) {
            let json = try Edge.Refusal.from { () throws(JSONError) in
                try JSONValue(parsing: blob.array)
            }
            blobs.use(report: json, of: region, now: now)
        } else {
            throw Edge.Refusal("not a blob that an edge reads")
        }
    }
}

/// Leaves every page to the core's caller, which knows which blobs it takes.
private final class EdgePageExecutor: PageExecutor {
    func hasRoom(for peer: Responder.Peer) -> Bool { true }
}
