import FunctionRuntime
import JSON
import Mirrors
import ObjectStorage
import Redirection
import Synchronization

/// The maps of all regions, each loaded when somebody first asks for it and watched from then on.
final class RegionalMaps: RegionMaps {
    /// One region's map; its lock is held while that is loaded, so that it is loaded once.
    private final class Place: Sendable {
        let settings: RedirectorSettings
        let state = Mutex<State>(State())

        struct State {
            /// Nil until the map was first asked for.
            var loader: SnapshotLoader?
            var snapshot: Snapshot?
        }

        init(_ settings: RedirectorSettings) {
            self.settings = settings
        }
    }

    /// Of all regions, in their order.
    let regionIDs: [Region.ID]
    private let places: [Place]
    private let defaultRegion: Int
    /// By country the number of its region.
    private let numbers: [CountryLetters: Int]
    private let metrics: Metrics
    /// What ``refresh()`` returned last.
    private let delivered = Mutex<[Int: ObjectIdentifier]>([:])

    /// Reads the regions from storage; without `regions.json` they are the continents.
    init(_ settings: RedirectorSettings, metrics: Metrics) throws(FunctionError) {
        let regions = try Self.regions(settings)
        guard let number = regions.all.firstIndex(where: { $0.id == settings.defaultRegion }) else {
            let known = regions.all.map(\.id).joined(separator: ", ")
            throw .badRequest(
                "DEFAULT_REGION: expected one of \(known), found \"\(settings.defaultRegion ?? "")\""
            )
        }
        defaultRegion = number
        regionIDs = regions.all.map(\.id)
        places = regionIDs.map { id in
            var settings = settings
            settings.region = id
            return Place(settings)
        }
        var numbers: [CountryLetters: Int] = [:]
        for (number, region) in regions.all.enumerated() {
            for country in region.countries where numbers[CountryLetters(country)] == nil {
                numbers[CountryLetters(country)] = number
            }
        }
        self.numbers = numbers
        self.metrics = metrics
    }

    private static func regions(_ settings: RedirectorSettings) throws(FunctionError) -> Regions {
        do {
            let blobs = try LocalBlobs(settings)
            let key = try BlobKey("regions.json")
            if let cache = blobs.cache, cache.validatedAt(key) == nil { _ = try cache.refresh(key) }
            guard let blob = try blobs.store.get(key) else { return .continents }
            return try Regions(json: JSONValue(parsing: blob.bytes))
        } catch {
            throw .failed("regions.json is not usable: \(error)")
        }
    }

    func region(of country: CountryLetters?) -> Int {
        country.flatMap { numbers[$0] } ?? defaultRegion
    }

    func load(_ region: Int) -> Snapshot? {
        guard places.indices.contains(region) else { return nil }
        if let snapshot = snapshot(of: places[region]) { return snapshot }
        return region == defaultRegion ? nil : snapshot(of: places[defaultRegion])
    }

    private func snapshot(of place: Place) -> Snapshot? {
        place.state.withLock { state in
            if state.loader != nil { return state.snapshot }
            guard let loader = try? SnapshotLoader(place.settings, metrics: metrics) else {
                return nil
            }
            // Without copies there is nothing to answer from but the fallback host.
            if loader.isRemote, loader.ageOfCopies(now: .now) == nil { loader.fetch() }
            state.loader = loader
            state.snapshot = loader.refresh(now: .now)
            return state.snapshot
        }
    }

    /// Brings the copies of a bucket's blobs up to date that were validated more than `seconds` ago;
    /// blocks for as long as that takes.
    ///
    /// No lock is held meanwhile: storage may take its time, and who asks for a region is not to wait.
    func fetch(olderThan seconds: Int64 = 0) {
        for place in places {
            guard let loader = place.state.withLock({ $0.loader }), loader.isRemote else {
                continue
            }
            if let age = loader.ageOfCopies(now: .now), age < seconds { continue }
            loader.fetch()
        }
    }

    /// Looks for newer maps of the regions that were asked for, and returns what their clients are
    /// answered from: by number, that of the default region where a region has none; nil when all of
    /// them are those of the last time.
    func refresh() -> [Int: Snapshot]? {
        var snapshots: [Int: Snapshot] = [:]
        var lacking: [Int] = []
        for (number, place) in places.enumerated() {
            guard let loader = place.state.withLock({ $0.loader }) else { continue }
            let snapshot = place.state.withLock { state in
                if let fresh = loader.refresh(now: .now) { state.snapshot = fresh }
                return state.snapshot
            }
            if let snapshot {
                snapshots[number] = snapshot
            } else {
                lacking.append(number)
            }
        }
        if !lacking.isEmpty, let standIn = load(defaultRegion) {
            for number in lacking { snapshots[number] = standIn }
        }
        let identities = snapshots.mapValues { ObjectIdentifier($0) }
        return delivered.withLock { delivered in
            guard delivered != identities else { return nil }
            delivered = identities
            return snapshots
        }
    }
}
