import FunctionRuntime
import HealthFormat
import JSON
import Linux
import Mirrors
import ObjectStorage
import Redirection
import Synchronization

/// The maps of all regions, each loaded when somebody first asks for it and watched from then on.
final class RegionalMaps: Sendable {
    /// The regions, once they are known.
    private struct Regions: Sendable {
        /// Of all regions, in their order.
        let ids: [Region.ID]
        let table: RegionTable
        let places: [Place]
        /// Whether storage could not be asked, so that these are the continents by guess.
        var isGuess: Bool { table.isGuess }
    }

    /// One region's map.
    private final class Place: Sendable {
        let loader: SnapshotLoader
        let state = Mutex(State())

        struct State {
            var isAskedFor = false
            var snapshot: Snapshot?
        }

        init(_ loader: SnapshotLoader) {
            self.loader = loader
        }

        /// Looks at the files, which nobody waits for on a bucket's account.
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
    /// What ``look(_:)`` posted last.
    private let delivered = Mutex<[Int: ObjectIdentifier]>([:])

    init(_ settings: RedirectorSettings, _ blobs: LocalBlobs, metrics: Metrics) {
        self.settings = settings
        self.blobs = blobs
        self.metrics = metrics
    }

    /// Of all regions, in their order; none as long as they are not known.
    var regionIDs: [Region.ID] { regions.withLock { $0?.ids ?? [] } }

    /// Of everything that is kept up to date: at first the regions, then the maps that were asked
    /// for.
    var keys: [BlobKey] {
        let known = regions.withLock { $0 }
        let asked = known?.places.filter { place in place.state.withLock { $0.isAskedFor } } ?? []
        var keys =
            known?.places.first?.loader.healthKeys ?? Self.keys([Health.key, Health.jsonKey])
        if known?.isGuess != false { keys += Self.keys([Self.regionsKey]) }
        return keys + asked.map(\.loader.mapKey)
    }

    private static let regionsKey = "regions.json"

    private static func keys(_ texts: [String]) -> [BlobKey] {
        texts.compactMap { try? BlobKey($0) }
    }

    /// What is known of a bucket's `regions.json` beside its copy.
    enum Absence {
        /// It was not asked for yet.
        case unknown
        /// Storage cannot be asked: the regions are guessed until it can.
        case possible
        case certain
    }

    /// Reads the regions from the store's folder or from a bucket's copy, and returns them when
    /// they are others than before.
    ///
    /// Without `regions.json` they are the continents. Nil as well where nothing is known and
    /// nothing is to be guessed.
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
            var places: [Place] = []
            for region in read.all {
                var settings = settings
                settings.region = region.id
                places.append(
                    Place(try SnapshotLoader(settings, blobs: blobs, metrics: metrics))
                )
            }
            let table = RegionTable(
                numbers: Self.numbers(of: read),
                defaultRegion: number,
                isGuess: isGuess
            )
            let new = Regions(ids: read.all.map(\.id), table: table, places: places)
            regions.withLock { $0 = new }
            return table
        } catch {
            throw .failed("\(Self.regionsKey) is not usable: \(error)")
        }
    }

    private func read(
        _ absence: Absence
    ) throws(FunctionError) -> (regions: Mirrors.Regions, isGuess: Bool)? {
        do {
            if let blob = try blobs.store.get(BlobKey(Self.regionsKey)) {
                return (try Mirrors.Regions(json: JSONValue(parsing: blob.bytes)), false)
            }
        } catch {
            throw .failed("\(Self.regionsKey) is not usable: \(error)")
        }
        if blobs.cache == nil { return (.continents, false) }
        switch absence {
        case .unknown: return nil
        case .possible: return (.continents, true)
        case .certain: return (.continents, false)
        }
    }

    private static func numbers(of regions: Mirrors.Regions) -> [CountryLetters: Int] {
        var numbers: [CountryLetters: Int] = [:]
        for (number, region) in regions.all.enumerated() {
            for country in region.countries where numbers[CountryLetters(country)] == nil {
                numbers[CountryLetters(country)] = number
            }
        }
        return numbers
    }

    /// Loads the map of a region that is asked for, from a bucket if there is no copy; where it has
    /// none, that of the default region, too, which stands in.
    ///
    /// Blocks for as long as that takes; several regions are loaded side by side. Nothing where the
    /// regions are not, or no longer, those of which `region` is a number: guessed ones or not.
    func load(_ region: Int, ofGuess isGuess: Bool) -> [(region: Int, snapshot: Snapshot?)] {
        guard regions.withLock({ $0?.isGuess }) == isGuess else { return [] }
        return load(region) { blobs.fetch([$0]) }
    }

    /// The same, where `bring` brings a copy of a blob that is not there.
    func load(
        _ region: Int,
        bringing bring: (BlobKey) -> Void
    ) -> [(region: Int, snapshot: Snapshot?)] {
        guard let known = regions.withLock({ $0 }), known.places.indices.contains(region) else {
            return [(region, nil)]
        }
        if let snapshot = load(known.places[region], bring) { return [(region, snapshot)] }
        let other = known.table.defaultRegion
        guard other != region else { return [(region, nil)] }
        return [(other, load(known.places[other], bring)), (region, nil)]
    }

    private func load(_ place: Place, _ bring: (BlobKey) -> Void) -> Snapshot? {
        place.state.withLock { $0.isAskedFor = true }
        if let snapshot = place.refresh() { return snapshot }
        if blobs.cache != nil { bring(place.loader.mapKey) }
        return place.refresh()
    }

    /// Looks for the regions if they are not known, and for newer maps of those that were asked
    /// for; posts what is new.
    func look(_ post: (LoopMessage) -> Void) {
        let isSettled = regions.withLock { $0?.isGuess == false }
        var absence = Absence.possible
        blobs.cache?.refresh(keys) { key, result in
            blobs.log(result, of: key)
            if key.text == Self.regionsKey, case .success(.absent) = result { absence = .certain }
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

    /// The maps of the regions that were asked for, as far as they have one; nil when all of them
    /// are those of the last time.
    func refresh() -> [Int: Snapshot]? {
        guard let known = regions.withLock({ $0 }) else { return nil }
        var snapshots: [Int: Snapshot] = [:]
        for (number, place) in known.places.enumerated()
        where place.state.withLock({ $0.isAskedFor }) {
            if let snapshot = place.refresh() { snapshots[number] = snapshot }
        }
        let identities = snapshots.mapValues { ObjectIdentifier($0) }
        return delivered.withLock { delivered in
            guard delivered != identities else { return nil }
            delivered = identities
            return snapshots
        }
    }
}
