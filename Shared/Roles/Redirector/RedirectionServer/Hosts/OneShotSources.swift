import FunctionRuntime
import Linux
import Mirrors
import ObjectStorage
import Pages
import Redirection
import Time

/// The data for a program that answers one request.
///
/// Recent copies of a bucket's blobs are used as they are, and updated after the answer. Without
/// any, the program waits for storage for as long as a server's request would.
struct OneShotSources {
    let pages: PageAnswers
    /// Nil if there is one region, or if the regions are unknown.
    let regionTable: RegionTable?

    private let blobs: LocalBlobs
    private let fetches: BlobFetches
    private let loader: SnapshotLoader?
    private let regions: RegionalMaps?
    private let refreshSeconds: Int64
    /// Until when to wait for storage; by ``Clock/milliseconds()``.
    private let patienceEnd: Int64

    /// How long to wait for an update, in milliseconds, if there are copies but their health is too
    /// old to count.
    private static let patienceWithOldCopies: Int64 = 300

    init(_ settings: RedirectorSettings, metrics: Metrics) throws(FunctionError) {
        let began = Clock.milliseconds()
        patienceEnd = began + Int64(settings.storagePatienceMilliseconds)
        refreshSeconds = Int64(settings.refreshSeconds)
        do {
            blobs = try LocalBlobs(settings)
            fetches = BlobFetches(blobs)
            regions = settings.isRegional ? RegionalMaps(settings, blobs, metrics: metrics) : nil
            loader =
                settings.isRegional
                ? nil : try SnapshotLoader(settings, blobs: blobs, metrics: metrics)
        } catch {
            throw .badRequest("\(error)")
        }
        pages = settings.pages(
            metrics: metrics,
            protocol: .cgi,
            regions: regions,
            blobs: blobs,
            fetches: fetches
        )
        var table = try regions?.open()
        if blobs.cache != nil {
            let keys = regions?.keys ?? loader?.keys ?? []
            if let time = blobs.validatedAt(keys) {
                let age = Timestamp.now.seconds(since: Timestamp(secondsSinceEpoch: time))
                if age > Int64(settings.healthMaxAgeSeconds) {
                    let end = min(patienceEnd, began + Self.patienceWithOldCopies)
                    _ = fetches.fetch(keys, within: max(end - Clock.milliseconds(), 0))
                }
            } else {
                _ = fetches.fetch(keys, within: max(patienceEnd - Clock.milliseconds(), 0))
            }
            if table == nil { table = try regions?.open(.possible) }
        }
        regionTable = table
    }

    /// The map, if there is one region.
    ///
    /// It is memory-mapped, and only the pages of one look-up are read; only the server verifies
    /// its checksum.
    func snapshot(now: Timestamp) -> Snapshot? {
        loader?.refresh(now: now, verifying: false)
    }

    /// Loads what a request waits for, or reports that it is unavailable.
    func fetch(_ awaited: Awaited, to responder: inout Responder) {
        switch awaited {
        case .look: responder.awaitsLook = false
        case .regionMap(let region, _):
            for (number, snapshot) in regions?.load(region, fetching: fetch) ?? [] {
                if let snapshot {
                    responder.regionSnapshots[number] = snapshot
                } else {
                    responder.missingRegions.insert(number)
                }
            }
            if responder.regionSnapshots[region] == nil { responder.missingRegions.insert(region) }
        case .details(let generation):
            if let snapshot = responder.snapshot(of: generation) {
                pages.loadDetails(for: snapshot)
            }
            responder.missingDetails = generation
        }
    }

    private func fetch(_ key: BlobKey) {
        _ = fetches.fetch([key], within: max(patienceEnd - Clock.milliseconds(), 0))
    }

    /// Waits for pending loads, and updates old copies; `closing` is called before anything that
    /// takes time.
    func finish(closing: () -> Void) {
        guard blobs.cache != nil else { return }
        let keys = regions?.keys ?? loader?.keys ?? []
        let time = blobs.validatedAt(keys)
        let age = time.map { Timestamp.now.seconds(since: Timestamp(secondsSinceEpoch: $0)) }
        let isOld = age.map { $0 >= refreshSeconds } ?? false
        closing()
        fetches.finish()
        // While storage hangs, answered programs must not pile up waiting for it.
        if isOld { blobs.fetch(keys, isJoining: false) }
    }
}
