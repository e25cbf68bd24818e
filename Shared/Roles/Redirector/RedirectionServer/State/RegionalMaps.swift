import FunctionRuntime
import HealthFormat
import JSON
import Linux
import Mirrors
import ObjectStorage
import Redirection
import Synchronization

/// The maps of all regions, each loaded on its first request and kept up to date from then on.
final class RegionalMaps: Sendable {
    /// The regions, once they are known.
    private struct Regions: Sendable {
        /// All regions, in order.
        let ids: [Region.ID]
        let table: RegionTable
        let entries: [Entry]
        /// Whether storage could not be asked, so that the continents are assumed.
        var isGuess: Bool { table.isGuess }
    }

    /// The map of one region.
    private final class Entry: Sendable {
        let loader: SnapshotLoader
        let state = Mutex(State())

        struct State {
            var isAskedFor = false
            var snapshot: Snapshot?
        }

        init(_ loader: SnapshotLoader) {
            self.loader = loader
        }

        /// Reads the local files; nothing is fetched from a bucket.
        func refresh() -> Snapshot? {
            state.withLock { state in
                if let fresh = loader.refresh(now: .now) { state.snapshot = fresh }
                return state.snapshot
            }
        }
    }

    private let settings: RedirectorSettings
    private let blobs: LocalBlobs
    private let metrics: Metrics
    private let regions = Mutex<Regions?>(nil)
    /// What ``look(_:)`` last posted.
    private let delivered = Mutex<[Int: ObjectIdentifier]>([:])

    init(_ settings: RedirectorSettings, _ blobs: LocalBlobs, metrics: Metrics) {
        self.settings = settings
        self.blobs = blobs
        self.metrics = metrics
    }

    /// All regions, in order; empty until they are known.
    var regionIDs: [Region.ID] { regions.withLock { $0?.ids ?? [] } }

    /// The blobs to keep up to date: at first the regions, then also the requested maps.
    var keys: [BlobKey] {
        let known = regions.withLock { $0 }
        let asked = known?.entries.filter { entry in entry.state.withLock { $0.isAskedFor } } ?? []
        var keys =
            known?.entries.first?.loader.healthKeys ?? Self.keys([Health.key, Health.jsonKey])
        if known?.isGuess != false { keys += Self.keys([BlobName.regions]) }
        return keys + asked.map(\.loader.mapKey)
    }

    private static func keys(_ texts: [String]) -> [BlobKey] {
        texts.compactMap { try? BlobKey($0) }
    }

    /// What is known of a bucket's `regions.json` besides its copy.
    enum Absence {
        /// It was not requested yet.
        case unknown
        /// Storage cannot be asked: the regions are assumed until it can.
        case possible
        case certain
    }

    /// Reads the regions from the storage folder or a bucket's copy, and returns them if they
    /// changed.
    ///
    /// Without `regions.json`, they are the continents. Also nil if nothing is known and nothing
    /// may be assumed.
    func open(_ absence: Absence = .unknown) throws(FunctionError) -> RegionTable? {
        let known = regions.withLock { $0 }
        if let known, !known.isGuess { return nil }
        guard let (read, isGuess) = try read(absence), known == nil || !isGuess else { return nil }
        guard let number = read.all.firstIndex(where: { $0.id == settings.defaultRegion }) else {
            let known = read.all.map(\.id).joined(separator: ", ")
            throw .badRequest(
                "DEFAULT_REGION: expected one of \(known), found "
                    + "\"\(settings.defaultRegion ?? "")\""
            )
        }
        do {
            var entries: [Entry] = []
            for region in read.all {
                var settings = settings
                settings.region = region.id
                entries.append(
                    Entry(try SnapshotLoader(settings, blobs: blobs, metrics: metrics))
                )
            }
            let table = RegionTable(read, defaultRegion: number, isGuess: isGuess)
            let new = Regions(ids: read.all.map(\.id), table: table, entries: entries)
            regions.withLock { $0 = new }
            return table
        } catch {
            throw .failed("\(BlobName.regions) is unusable: \(error)")
        }
    }

    private func read(
        _ absence: Absence
    ) throws(FunctionError) -> (regions: Mirrors.Regions, isGuess: Bool)? {
        do {
            if let blob = try blobs.store.get(BlobKey(BlobName.regions)) {
                return (try Mirrors.Regions(json: JSONValue(parsing: blob.bytes)), false)
            }
        } catch {
            throw .failed("\(BlobName.regions) is unusable: \(error)")
        }
        if blobs.cache == nil { return (.continents, false) }
        switch absence {
        case .unknown: return nil
        case .possible: return (.continents, true)
        case .certain: return (.continents, false)
        }
    }

    /// Loads the map of a requested region, from a bucket if there is no copy; if it has none, also
    /// the default region's map, which stands in.
    ///
    /// Blocks until that is done; several regions are loaded concurrently. Does nothing if `region`
    /// no longer refers to the current regions, assumed or real.
    func load(_ region: Int, ofGuess isGuess: Bool) -> [(region: Int, snapshot: Snapshot?)] {
        guard regions.withLock({ $0?.isGuess }) == isGuess else { return [] }
        return load(region) { blobs.fetch([$0]) }
    }

    /// Loads the map of a requested region, with `fetch` to fetch a missing copy of a blob.
    func load(
        _ region: Int,
        fetching fetch: (BlobKey) -> Void
    ) -> [(region: Int, snapshot: Snapshot?)] {
        guard let known = regions.withLock({ $0 }), known.entries.indices.contains(region) else {
            return [(region, nil)]
        }
        if let snapshot = load(known.entries[region], fetch) { return [(region, snapshot)] }
        let other = known.table.defaultRegion
        guard other != region else { return [(region, nil)] }
        return [(other, load(known.entries[other], fetch)), (region, nil)]
    }

    private func load(_ entry: Entry, _ fetch: (BlobKey) -> Void) -> Snapshot? {
        entry.state.withLock { $0.isAskedFor = true }
        if let snapshot = entry.refresh() { return snapshot }
        if blobs.cache != nil { fetch(entry.loader.mapKey) }
        return entry.refresh()
    }

    /// Reads the regions if they are unknown, and newer maps of the requested ones; posts what
    /// changed.
    func look(_ post: (LoopMessage) -> Void) {
        let isSettled = regions.withLock { $0?.isGuess == false }
        var absence = Absence.possible
        blobs.cache?.refresh(keys) { key, result in
            blobs.log(result, of: key)
            if key.text == BlobName.regions, case .success(.absent) = result { absence = .certain }
        }
        if !isSettled {
            do {
                if let table = try open(absence) { post(.regions(table)) }
            } catch {
                Log.error("\(error)")
            }
        }
        if let snapshots = refresh() { post(.regionSnapshots(snapshots)) }
    }

    /// The available maps of the requested regions; nil if none of them changed.
    func refresh() -> [Int: Snapshot]? {
        guard let known = regions.withLock({ $0 }) else { return nil }
        var snapshots: [Int: Snapshot] = [:]
        for (number, entry) in known.entries.enumerated()
        where entry.state.withLock({ $0.isAskedFor }) {
            if let snapshot = entry.refresh() { snapshots[number] = snapshot }
        }
        let identities = snapshots.mapValues { ObjectIdentifier($0) }
        return delivered.withLock { delivered in
            guard delivered != identities else { return nil }
            delivered = identities
            return snapshots
        }
    }
}
