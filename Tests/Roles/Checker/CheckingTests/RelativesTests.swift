import Catalogs
import CheckPlanning
import CheckStates
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Checking

/// Access points whose proofs renew those of another.
@Suite struct RelativesTests {
    let store = InMemoryStore()

    static func mirror(
        _ id: String,
        _ urls: [String],
        checkBy: Mirror.CheckBy = .own,
        isEnabled: Bool = true
    ) throws -> Mirror {
        try .make(
            id,
            checkBy: checkBy,
            isEnabled: isEnabled,
            urls.enumerated().map { number, url in
                let scheme = String(url.prefix { $0 != ":" })
                return AccessPoint(
                    id: "\(id)-\(number)",
                    scheme: AccessPoint.Scheme(rawValue: scheme) ?? .http,
                    baseURL: url
                )
            }
        )
    }

    /// Stores proofs of a catalog's files with a given age in seconds.
    func putState(_ point: AccessPoint, proofsAge: Int64, _ catalog: Catalog) throws {
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        for id in catalog.ids {
            state[id] = Observation.make(.present, askedSecondsAgo: proofsAge, generation: 1)
        }
        state.memory.served.sampledUntil = ManualClock.start.advanced(bySeconds: -600)
        try store.put(BlobKey(CheckState.key(of: point.id)), state.encoded())
    }

    @Test(arguments: [Visit.Relation.twin, .listing]) func theLaterProofCounts(
        relation: Visit.Relation
    ) throws {
        let catalog = CheckRunTests.catalog(20)
        let points = [
            AccessPoint.make("m-https", scheme: .https), .make("m-other"),
        ]
        try putState(points[0], proofsAge: 90_000, catalog)
        try putState(points[1], proofsAge: 600, catalog)
        let settings = CheckSettings()
        let clock = ManualClock()
        _ = try CheckRun(
            targets: [
                CheckRun.Target(
                    number: 0,
                    profile: AccessPointProfile(points[0]),
                    relatives: [CheckRun.Relative(points[1], relation)]
                )
            ],
            policy: .make(catalog, settings),
            transport: ScriptedTransport(clock: clock) { question in
                CheckRunTests.reply(question) { _ in true }
            },
            states: CheckStateStore(store),
            leases: CheckLeases(store),
            settings: settings,
            clock: clock,
            shouldStop: { false }
        ).run()
        let state = try CheckStateStore(store).load(points[0]).state
        let recently = ManualClock.start.advanced(bySeconds: -700)
        let asked = catalog.ids.count { state[$0].askedAt > recently }
        let seen = catalog.ids.count { state[$0].observedAt > recently }
        #expect(seen == 20)
        // A listing asks about no single file.
        #expect(relation == .twin ? asked == 20 : asked < 20)
    }

    @Test func theMirrorListTellsWhoIsWhose() throws {
        let mirrors = [
            try Self.mirror(
                "a",
                ["http://a.example/x/", "https://a.example/x/", "rsync://a.example/x/"],
                checkBy: .shared
            ),
            try Self.mirror("b", ["http://b.example/", "https://b.example/y/"]),
        ]
        let scope = try CheckScope(CheckRequest(), mirrors: mirrors, own: mirrors)
        let points = scope.accessPoints
        #expect(points.map(\.id) == ["a-0", "a-1", "a-2", "b-0", "b-1"])
        let relatives = points.map { scope.relatives(of: $0).map(\.accessPoint.id) }
        #expect(relatives == [["a-1", "a-2"], ["a-0", "a-2"], [], [], []])
        let profiles = points.map(scope.profile)
        #expect(profiles[0].share == .init(part: 0, of: 2))
        #expect(profiles[1].share == .init(part: 1, of: 2))
        #expect(profiles[0].salt == profiles[1].salt)
        #expect(profiles[3].share == .all)
    }
}
