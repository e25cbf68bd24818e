import Catalogs
import CheckStates
import HolderFormat
import MapBuilding
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// The blob `maps/holders` against plain rules, computed without the code under test.
@Suite struct HolderPublicationTests {
    /// The statements of the blob in `store` about each path, by access point.
    private func published(
        in store: InMemoryStore,
        of catalog: Catalog
    ) throws -> [[UInt8]: [AccessPoint.ID: HolderView.Statement]] {
        let blob = try #require(store.get(BlobKey("maps/holders")))
        let view = try unsafe HolderView(blob.bytes.span.bytes)
        try view.verify()
        var said: [[UInt8]: [AccessPoint.ID: HolderView.Statement]] = [:]
        for id in catalog.ids {
            var path = Array(catalog.pathBytes(of: id))
            if catalog.leadsToDirectory(id) { path.append(UInt8(ascii: "/")) }
            guard let statements = unsafe view.statements(about: path.span.bytes) else { continue }
            var byID: [AccessPoint.ID: HolderView.Statement] = [:]
            for (number, statement) in statements.enumerated() {
                var id: [UInt8] = []
                if let bytes = view.id(of: number) {
                    unsafe bytes.withUnsafeBytes { unsafe id += $0 }
                }
                let text = String(decoding: id, as: UTF8.self)
                byID[text] = statement
            }
            said[path] = byID
        }
        return said
    }

    private static func publication(_ store: InMemoryStore, now: Timestamp = .now) -> MapPublication
    {
        var settings = MapPublication.Settings()
        settings.maximumAge = RandomDeployment.maximumAge
        return MapPublication(store: store, settings: settings, now: now)
    }

    private func mirror(of point: AccessPoint) throws -> Mirror {
        Mirror(
            id: "a",
            name: "A",
            country: try #require(CountryCode("DE")),
            region: "europe",
            accessPoints: [point]
        )
    }

    /// Every statement about a file and an access point is what the rules say.
    @Test(arguments: 0..<10)
    func saysOfEachFileAndAccessPointWhatTheRulesSay(part: Int) throws {
        for number in stride(from: part, to: RegionMapBuildTests.caseCount, by: 10) {
            try expectTruth(number)
        }
    }

    private func expectTruth(_ number: Int) throws {
        let deployment = RandomDeployment(seed: UInt64(number))
        let store = try deployment.stored()
        _ = try Self.publication(store).run()
        let said = try published(in: store, of: deployment.catalog)
        let held = MapModel(deployment).held
        var statementCount = 0
        for mirror in deployment.mirrors where mirror.isEnabled {
            for point in mirror.accessPoints {
                guard let state = deployment.states[point.id], state.count > 0 else { continue }
                for id in deployment.catalog.ids where deployment.catalog[id].removed == nil {
                    let file = deployment.catalog[id]
                    let path = file.path.bytes + (file.byteCount == nil ? [0x2F] : [])
                    let statement = try #require(said[path]?[point.id])
                    let seen = state[id]
                    statementCount += 1
                    switch statement.holding {
                    case .held:
                        #expect(seen.outcome == .present && seen.generation >= file.changedIn)
                    case .ruledOut:
                        #expect(seen.outcome == .present && seen.generation >= file.changedIn)
                        #expect(mirror.rules != .none)
                    case .expired: #expect(seen.outcome == .present)
                    case .lacking:
                        #expect(seen.outcome == .absent && seen.generation >= file.changedIn)
                        let since = try #require(statement.since)
                        #expect(since >= seen.observedAt.secondsSinceEpoch)
                        #expect(since <= Timestamp.now.secondsSinceEpoch)
                    case .unasked:
                        #expect(seen.outcome == .unknown || seen.generation < file.changedIn)
                    case .altered, .outdated, .refused, .indexless, .unanswered,
                        .incomplete:
                        Issue.record("no such observation was made: \(statement)")
                    }
                    // If the model knows the access point, both agree about the files that are
                    // held.
                    if let paths = held[point.id] {
                        let isHeld = statement.holding == .held
                        #expect(isHeld == paths.contains(file.path.bytes))
                    }
                }
            }
        }
        let pointCount = said.values.first?.count ?? 0
        let liveCount = deployment.catalog.ids.count { deployment.catalog.isLive($0) }
        #expect(statementCount == pointCount * liveCount)
    }

    /// One observation for each outcome, and the resulting statement.
    static let outcomes: [(outcome: Observation.Outcome, holding: Holding)] = [
        (.unknown, .unasked), (.present, .held), (.absent, .lacking), (.altered, .altered),
        (.unreachable, .unanswered), (.stale, .outdated), (.refused, .refused),
    ]

    @Test(arguments: outcomes)
    func eachOutcomeHasAStatement(
        _ row: (outcome: Observation.Outcome, holding: Holding)
    ) throws {
        let store = InMemoryStore()
        var catalog = Catalog(generation: 1)
        let id = catalog.append(.make("x"))
        catalog.append(.make("y"))
        try store.publish(catalog)
        let point = AccessPoint(id: "a-https", scheme: .https, baseURL: "https://a/")
        try store.publish([mirror(of: point)])
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        state[id] = .make(row.outcome, age: 60)
        try store.publish(state)
        _ = try Self.publication(store).run()
        let said = try published(in: store, of: catalog)
        #expect(said[Array("x".utf8)]?[point.id]?.holding == row.holding)
        #expect(said[Array("y".utf8)]?[point.id]?.holding == .unasked)
    }

    @Test func sayingTheSameWritesNothing() throws {
        let deployment = RandomDeployment(seed: 3)
        let store = try deployment.stored()
        let key = try BlobKey("maps/holders")
        _ = try Self.publication(store).run()
        let before = store.get(key)
        _ = try Self.publication(store).run()
        #expect(store.get(key) == before)
    }

    /// Twelve times are distinguished, and each statement was true from its time on.
    @Test func timesAreRoundedUpAndFew() throws {
        let store = InMemoryStore()
        var catalog = Catalog(generation: 1)
        for number in 0..<60 { catalog.append(.make("\(number)")) }
        try store.publish(catalog)
        let point = AccessPoint(id: "a-https", scheme: .https, baseURL: "https://a/")
        try store.publish([mirror(of: point)])
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        for id in catalog.ids {
            // One a day, and many on one day.
            let day = Int64(id.rawValue < 30 ? id.rawValue : 30)
            state[id] = .make(.absent, age: day * 86_400 + 7200)
        }
        try store.publish(state)
        _ = try Self.publication(store).run()
        let said = try published(in: store, of: catalog)
        var times: Set<Int64> = []
        for id in catalog.ids {
            let statement = try #require(said[Array(catalog.pathBytes(of: id))]?[point.id])
            let since = try #require(statement.since)
            times.insert(since)
            #expect(statement.holding == .lacking)
            #expect(since >= state[id].observedAt.secondsSinceEpoch)
            #expect(since <= Timestamp.now.secondsSinceEpoch)
        }
        #expect(times.count == 12)
    }

    @Test func aDryRunWritesNothing() throws {
        let deployment = RandomDeployment(seed: 3)
        let store = try deployment.stored()
        var settings = MapPublication.Settings()
        settings.isDryRun = true
        _ = try MapPublication(store: store, settings: settings, now: .now).run()
        #expect(store.get(try BlobKey("maps/holders")) == nil)
    }
}
