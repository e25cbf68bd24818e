import BlobFormat
import CheckStates
import Catalogs
import Events
import JSON
import Mirrors
import ObjectStorage
import SampleDeployment
import TestSupport
import Testing
import Time

@testable import StatusFacts

@Suite struct RememberedFactsTests {
    /// Mirrors of all kinds, maps that contain some of them, and events.
    private func deployment() throws -> Deployment {
        var deployment = try Deployment()
        try deployment.add("perfect.example")
        try deployment.add("lossy.example") { $0 % 7 == 0 ? .absent : .present }
        try deployment.add("wrong.example") { $0 < 5 ? .altered : .present }
        try deployment.add("stale.example") { $0 < 5 ? .altered : $0 < 8 ? .stale : .present }
        try deployment.add("refused.example") { $0 < 50 ? .refused : .present }
        try deployment.add("empty.example") { _ in .absent }
        try deployment.add("unasked.example", outcome: nil)
        try deployment.add("partial.example", isPartial: true) { $0 < 20 ? .present : .absent }
        let points = deployment.mirrors.dropLast(2).enumerated().map { rank, mirror -> JSONValue in
            [
                "id": .string(mirror.id),
                "accessPoints": [
                    [
                        "id": .string("\(mirror.id)-https"), "rank": .integer(Int64(rank + 1)),
                        "heldPaths": 1,
                    ]
                ],
            ]
        }
        let report: JSONValue = [
            "builtAt": "2026-11-22T10:00:00Z", "catalogGeneration": 1, "mirrors": .array(points),
        ]
        try deployment.store.put(BlobKey("maps/europe.map"), [0])
        try deployment.store.put(BlobKey("maps/europe.report.json"), report.serialized())
        deployment.store.append([
            Event(.down, "empty.example-https", at: .ago(hours: 2), by: "checker-probe")
        ])
        return deployment
    }

    private func look(
        _ store: any BlobStore,
        now: Timestamp = .now,
        for purpose: String? = "pages"
    ) throws -> DeploymentFacts {
        let facts = try FactsReader(store: store, now: now)
            .facts(for: purpose, eventsSince: .ago(hours: 48))
        try facts.memory?.write(to: store)
        return facts
    }

    private func expectSame(
        _ facts: DeploymentFacts,
        _ fresh: DeploymentFacts,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(facts.mirrors == fresh.mirrors, sourceLocation: location)
        #expect(facts.regions == fresh.regions, sourceLocation: location)
        #expect(facts.pathCount == fresh.pathCount, sourceLocation: location)
        #expect(facts.publishedAt == fresh.publishedAt, sourceLocation: location)
        #expect(facts.generation == fresh.generation, sourceLocation: location)
        #expect(facts.checkedAt == fresh.checkedAt, sourceLocation: location)
        #expect(facts.events == fresh.events, sourceLocation: location)
        #expect(facts.problems == fresh.problems, sourceLocation: location)
    }

    @Test func whatIsRememberedIsWhatALookFinds() throws {
        let deployment = try deployment()
        let fresh = try FactsReader(store: deployment.store, now: .now)
            .facts(eventsSince: .ago(hours: 48))
        #expect(fresh.regions.contains { $0.pathsByHolders[1] > 0 })
        expectSame(try look(deployment.store), fresh)
        let again = try look(deployment.store)
        #expect(again.remembered == Set(deployment.mirrors.map(\.id)))
        #expect(again.isCoverageRemembered)
        #expect(again.tree == nil)
        expectSame(again, fresh)
        let verdicts = try FactsReader(store: deployment.store, now: .now).facts(of: .verdicts)
        #expect(verdicts.mirrors == fresh.mirrors)
        #expect(verdicts.tree == nil)
        let none = try FactsReader(store: deployment.store, now: .now).facts(of: .none)
        #expect(none.publishedAt == fresh.publishedAt)
    }

    @Test func whereNothingChangedTwoBlobsAreReadAtMost() throws {
        let deployment = try deployment()
        let store = CountingStore(deployment.store)
        _ = try look(store)
        #expect(store.takeKeys(.get).count > 10)
        _ = try look(store)
        #expect(store.takeKeys(.get) == [RememberedFacts.key])
        let count = deployment.store.writeCount
        _ = try look(store)
        #expect(deployment.store.writeCount == count)
    }

    @Test func onlyWhatChangedIsReadAgain() throws {
        let deployment = try deployment()
        let store = CountingStore(deployment.store)
        _ = try look(store)
        _ = store.takeKeys(.get)
        var state = CheckState(
            accessPointID: "lossy.example-https",
            baseURL: "https://lossy.example/"
        )
        for number in 0..<100 { state[FileID(UInt32(number))] = .make(.present) }
        let key = CheckState.key(of: "lossy.example-https")
        try deployment.store.put(BlobKey(key), state.encoded())
        let facts = try look(store)
        #expect(facts.remembered.count == deployment.mirrors.count - 1)
        #expect(!facts.remembered.contains("lossy.example"))
        #expect(facts["lossy.example"]?.verdict.word == .inUse)
        #expect(
            store.takeKeys(.get) == ["catalog/0000000001.catalog", key, RememberedFacts.key]
        )
        expectSame(
            facts,
            try FactsReader(store: deployment.store, now: .now).facts(eventsSince: .ago(hours: 48))
        )
    }

    @Test(arguments: ["catalog", "classes.json", "maps/europe.report.json", "purpose"])
    func whatFactsAreMadeOfIsWatched(_ what: String) throws {
        var deployment = try deployment()
        _ = try look(deployment.store)
        var purpose = "pages"
        switch what {
        case "catalog": try deployment.publish(["distfiles/new"], hours: 1)
        case "classes.json":
            let text = #"{"version":1,"mutable":["*file-1*"]}"#
            try deployment.store.put(BlobKey(what), Array(text.utf8))
        case "purpose": purpose = "other pages"
        default:
            let text = #"{"builtAt":"2026-11-22T11:00:00Z","catalogGeneration":1,"mirrors":[]}"#
            try deployment.store.put(BlobKey(what), Array(text.utf8))
        }
        let facts = try look(deployment.store, for: purpose)
        #expect(!facts.isCoverageRemembered)
        #expect(facts.remembered.isEmpty == (what != "maps/europe.report.json"))
        expectSame(
            facts,
            try FactsReader(store: deployment.store, now: .now).facts(eventsSince: .ago(hours: 48))
        )
    }

    @Test func aCatalogThatIsGoneIsMissed() throws {
        let deployment = try deployment()
        _ = try look(deployment.store)
        deployment.store.delete(try BlobKey("catalog/0000000001.catalog"))
        for scope in [FactsReader.Scope.none, .verdicts, .all] {
            let facts = try FactsReader(store: deployment.store, now: .now)
                .facts(of: scope, for: "pages")
            #expect(facts.problems.contains { $0.key == "catalog/0000000001.catalog" })
        }
    }

    /// The sample's proofs are an hour old, and count for fourteen days.
    @Test func aProofThatEndsByAgeEndsHereToo() throws {
        let deployment = try deployment()
        _ = try look(deployment.store)
        let end = Timestamp.now.advanced(bySeconds: 14 * 86_400 - 3600)
        for (now, isRemembered) in [(end, true), (end.advanced(bySeconds: 1), false)] {
            let facts = try FactsReader(store: deployment.store, now: now)
                .facts(for: "pages", eventsSince: .ago(hours: 48))
            #expect(facts.remembered.contains("perfect.example") == isRemembered)
            expectSame(
                facts,
                try FactsReader(store: deployment.store, now: now)
                    .facts(eventsSince: .ago(hours: 48))
            )
        }
    }

    @Test func aDamagedBlobCountsAsNone() throws {
        let deployment = try deployment()
        let fresh = try look(deployment.store)
        let key = try BlobKey(RememberedFacts.key)
        let blob = try #require(deployment.store.get(key)).bytes
        var random = SeededGenerator(seed: 7)
        for _ in 0..<40 {
            var damaged = blob
            damaged[Int.random(in: damaged.indices, using: &random)] ^= 1
            try deployment.store.put(key, damaged)
            let facts = try look(deployment.store)
            #expect(facts.remembered.isEmpty)
            #expect(facts.mirrors == fresh.mirrors)
        }
    }

    /// The frame's checksum excludes damage; a faulty writer must not trap a reader either.
    @Test func noBytesTrapAReader() throws {
        let deployment = try deployment()
        let facts = try look(deployment.store)
        let memory = try RememberedFacts.read(deployment.store)
        #expect(try RememberedFacts(decoding: memory.encoded()) == memory)
        var random = SeededGenerator(seed: 11)
        let mirror = try #require(facts["lossy.example"])
        let bytes = mirror.fileFacts
        for round in 0..<2000 {
            var damaged = bytes
            damaged[Int.random(in: damaged.indices, using: &random)] = .random(
                in: 0...255,
                using: &random
            )
            if round % 2 == 0 {
                damaged.removeLast(Int.random(in: 1..<damaged.count, using: &random))
            }
            var other = mirror
            try? other.take(fileFacts: damaged)
        }
        for count in bytes.indices {
            var other = mirror
            #expect(throws: BlobFormatError.self) {
                try other.take(fileFacts: Array(bytes[..<count]))
            }
        }
    }

    @Test func setsOfFilesComeBackAsTheyWere() throws {
        var random = SeededGenerator(seed: 3)
        for percent in [0, 1, 50, 99, 100] {
            for count in [1, 63, 64, 65, 1000] {
                var live = FileBits(count: count)
                var held = live
                for number in 0..<count where Int.random(in: 0..<10, using: &random) > 0 {
                    live.insert(number)
                    if Int.random(in: 0..<100, using: &random) < percent { held.insert(number) }
                }
                let bytes = HeldFilesCoding.bytes(of: held, among: live)
                #expect(try HeldFilesCoding.held(bytes, among: live) == held)
                #expect(bytes.count <= 1 + held.words.count * 8)
            }
        }
        let live = FileBits(count: 64)
        for wrong: [UInt8] in [[], [0, 64], [0, 0xFF], [1, 2, 3], [0, 63, 63]] {
            #expect(throws: BlobFormatError.self) { try HeldFilesCoding.held(wrong, among: live) }
        }
    }
}
