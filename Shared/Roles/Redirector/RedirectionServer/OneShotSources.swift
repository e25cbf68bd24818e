import FunctionRuntime
import Linux
import Mirrors
import ObjectStorage
import Pages
import Redirection
import Time

/// What a program that answers one request answers from.
///
/// Copies of a bucket's blobs that are not too old are used as they are, and brought up to date
/// after the answer. Without them the program waits for storage as long as a server's client would.
struct OneShotSources {
    let pages: PageAnswers
    /// Nil where there is one region, and where the regions are not known.
    let regionTable: RegionTable?

    private let blobs: LocalBlobs
    private let fetches: BlobFetches
    private let loader: SnapshotLoader?
    private let regions: RegionalMaps?
    private let refreshSeconds: Int64
    /// Until when storage is waited for; by ``Clock/milliseconds()``.
    private let patienceEnd: Int64

    /// How long copies are waited for that are there, but so old that health says nothing any more;
    /// in milliseconds.
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
                    _ = fetches.bring(keys, within: max(end - Clock.milliseconds(), 0))
                }
            } else {
                _ = fetches.bring(keys, within: max(patienceEnd - Clock.milliseconds(), 0))
            }
            if table == nil { table = try regions?.open(.possible) }
        }
        regionTable = table
    }

    /// The map, where there is one region.
    ///
    /// It is mapped, and only the pages of one look-up are read; its checksum is the server's
    /// business.
    func snapshot(now: Timestamp) -> Snapshot? {
        loader?.refresh(now: now, verifying: false)
    }

    /// Loads what a request waits for, or reports that it is unavailable.
    func bring(_ awaited: Awaited, to responder: inout Responder) {
        switch awaited {
        case .look: responder.awaitsLook = false
        case .regionMap(let region, _):
            for (number, snapshot) in regions?.load(region, bringing: bring) ?? [] {
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

    private func bring(_ key: BlobKey) {
        _ = fetches.bring([key], within: max(patienceEnd - Clock.milliseconds(), 0))
    }

    /// Waits for what is still on its way, and brings copies that have become old up to date;
    /// `closing` is called before that takes time.
    func finish(closing: () -> Void) {
        guard blobs.cache != nil else { return }
        let keys = regions?.keys ?? loader?.keys ?? []
        let time = blobs.validatedAt(keys)
        let age = time.map { Timestamp.now.seconds(since: Timestamp(secondsSinceEpoch: $0)) }
        let isOld = age.map { $0 >= refreshSeconds } ?? false
        closing()
        fetches.finish()
        // While storage hangs, no crowd of answered programs stays behind to wait for it.
        if isOld { blobs.fetch(keys, isJoining: false) }
    }
}
