import FunctionRuntime
import ObjectStorage
import Redirection

/// The map that a server answers from, or with `REGION=auto` those of all regions.
struct ServedMaps: Sendable {
    /// Nil where there is one region.
    let regions: RegionalMaps?
    private let loader: SnapshotLoader?

    init(_ settings: RedirectorSettings, metrics: Metrics) throws(FunctionError) {
        if settings.isRegional {
            regions = try RegionalMaps(settings, metrics: metrics)
            loader = nil
            return
        }
        do {
            regions = nil
            loader = try SnapshotLoader(settings, metrics: metrics)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    /// Whether copies are fetched from a bucket before the first interval is over.
    ///
    /// Not with several regions: each fetches its own when it is first asked for.
    var isRemote: Bool { loader?.isRemote ?? false }

    /// What there is before anybody asked; with several regions nothing is loaded yet.
    func first() -> Snapshot? {
        loader?.refresh(now: .now)
    }

    /// Looks at storage; nil when nothing changed.
    func news() -> LoopMessage? {
        if let regions {
            regions.fetch()
            return regions.refresh().map { .regionSnapshots($0) }
        }
        loader?.fetch()
        return loader?.refresh(now: .now).map { .snapshot($0) }
    }
}
