import Catalogs
import CheckStates
import JSON
import MapBuilding
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// A store with a catalog, mirrors and check states, from which the map of Europe is built.
struct BuilderDeployment {
    let store = InMemoryStore()
    /// The key of the map of Europe.
    let key: BlobKey
    let previousKey: BlobKey

    init() throws {
        key = try BlobKey("maps/europe.map")
        previousKey = try BlobKey("maps/europe.previous.map")
    }

    /// Stores `pathCount` files, and `mirrorCount` German mirrors that hold the first `heldCount`.
    func deploy(
        pathCount: Int = 10,
        heldCount: Int? = nil,
        mirrorCount: Int = 5,
        isEnabled: (Int) -> Bool = { _ in true },
        weight: (Int) -> Int = { _ in 100 },
        rules: (Int) -> MirrorRules = { _ in .none }
    ) throws {
        var catalog = Catalog(generation: try CatalogStore(store).current().generation + 1)
        for index in 0..<pathCount { catalog.append(.make("\(index)")) }
        try store.publish(catalog)
        let germany = try #require(CountryCode("DE"))
        let points = (0..<mirrorCount).map {
            AccessPoint(id: "m\($0)-http", scheme: .http, baseURL: "http://m\($0)/")
        }
        try store.publish(
            points.enumerated().map { index, point in
                Mirror(
                    id: String(point.id.dropLast(5)),
                    name: point.id,
                    country: germany,
                    region: "europe",
                    weight: weight(index),
                    rules: rules(index),
                    isEnabled: isEnabled(index),
                    accessPoints: [point]
                )
            }
        )
        for point in points {
            var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
            for id in catalog.ids.prefix(heldCount ?? pathCount) { state[id] = .make() }
            try store.publish(state)
        }
    }

    /// Publishes ten new files; an access point gets half, the next four, and the last one after
    /// these numbers of seconds.
    func appear(after seconds: [Int64], at id: AccessPoint.ID) throws {
        var catalog = try store.catalog()
        catalog.generation += 1
        let now = Timestamp.now
        let firstSeen = now.advanced(bySeconds: -100_000)
        let point = try #require(
            try store.mirrors().flatMap(\.accessPoints).first { $0.id == id }
        )
        var state = try CheckStateStore(store).load(point).state
        state.beganAt = firstSeen.advanced(bySeconds: -1)
        for index in 0..<10 {
            var file = ExpectedFile.make("new\(index)")
            file.firstSeen = firstSeen
            file.changedIn = catalog.generation
            var observation = Observation.make()
            observation.generation = catalog.generation
            observation.observedAt = firstSeen.advanced(
                bySeconds: seconds[index < 5 ? 0 : index < 9 ? 1 : 2]
            )
            state[catalog.append(file)] = observation
        }
        state.noteAppearances(in: catalog, now: now)
        try store.publish(catalog)
        try store.publish(state)
    }

    /// Builds the map of Europe and returns its figures.
    func build(
        allowsShrink: Bool = false,
        isDryRun: Bool = false,
        age: Int64 = 0
    ) throws -> JSONObject {
        var settings = MapPublication.Settings()
        settings.regions = ["europe"]
        settings.allowsShrink = allowsShrink
        settings.isDryRun = isDryRun
        let now = Timestamp.now.advanced(bySeconds: age)
        let result = try MapPublication(store: store, settings: settings, now: now).run().json
        guard case .object(let object) = result, case .object(let regions)? = object["regions"],
            case .object(let figures)? = regions["europe"]
        else {
            Issue.record("\(result)")
            return [:]
        }
        return figures
    }
}
