import Catalogs
import CheckStates
import Events
import FileDetailsFormat
import Heartbeats
import JSON
import MapHolds
import MapBuilding
import MirrorStorage
import Mirrors
import ObjectStorage
import RegionMapFormat
import Synchronization
import TestSupport
import Testing
import Time

@Suite struct MapPublicationTests {
    let deployment: BuilderDeployment
    var store: InMemoryStore { deployment.store }
    var key: BlobKey { deployment.key }
    var previousKey: BlobKey { deployment.previousKey }

    init() throws {
        deployment = try BuilderDeployment()
    }

    /// The time is rounded to the hour, so that a map does not change with every check.
    @Test func keepsWhenAccessPointsWereVerified() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let map = try PublishedMap(try #require(deployment.store.get(deployment.key)).bytes)
        let seen = Timestamp.now.secondsSinceEpoch
        #expect(map.accessPoints.map(\.checkedAt) == Array(repeating: seen - seen % 3600, count: 5))
    }

    @Test func publishesAndCounts() throws {
        try deployment.deploy(pathCount: 10, heldCount: 9)
        let figures = try deployment.build()
        #expect(figures["paths"] == 10)
        #expect(figures["held"] == 9)
        #expect(figures["accessPoints"] == 5)
        #expect(figures["published"] == true)
        let map = try #require(store.get(key)).bytes
        #expect(figures["bytes"] == .integer(Int64(map.count)))
        #expect(try replicas(map, of: Array("8".utf8))?.count == 5)
        #expect(try replicas(map, of: Array("9".utf8)) == [])
        #expect(store.get(previousKey) == nil)
    }

    /// A proof that is too old is stale; a file that no mirror was ever seen to have is not.
    @Test func countsFilesAndFoldersApartAndWhatIsStale() throws {
        var catalog = Catalog(generation: 1)
        for name in ["held", "old", "outdated", "lacking"] { catalog.append(.make(name)) }
        catalog.append(.make("folder", byteCount: nil))
        catalog.append(.make("gone", removed: .now))
        try store.publish(catalog)
        let point = AccessPoint(id: "m-http", scheme: .http, baseURL: "http://m/")
        try store.publish([
            Mirror(
                id: "m",
                name: "M",
                country: try #require(CountryCode("DE")),
                region: "europe",
                accessPoints: [point]
            )
        ])
        var state = CheckState(accessPointID: point.id, baseURL: point.baseURL)
        for id in catalog.ids { state[id] = .make() }
        state[FileID(1)].observedAt = Timestamp.now.advanced(bySeconds: -30 * 86_400)
        state[FileID(2)].outcome = .stale
        state[FileID(3)].outcome = .absent
        try store.publish(state)
        let result = try MapPublication(store: store, settings: .init(), now: .now).run().json
        guard case .object(let object) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(object["files"] == ["expected": 4, "held": 1, "stale": 2])
        #expect(object["folders"] == ["expected": 1, "held": 1, "stale": 0])
    }

    /// Publishes a generation without the file.
    private func publishRemoval(of id: FileID) throws {
        var catalog = try store.catalog()
        catalog.generation += 1
        catalog.publishedAt = .now
        var file = catalog[id]
        file.removed = .now
        catalog.update(id, to: file)
        try store.publish(catalog)
    }

    /// Mirrors that lost a removed file are not offered for it.
    ///
    /// Neither is any mirror after a day and a half without a proof. The file's digests stay known,
    /// and no folder lists it.
    @Test func removedFilesAreServedFromMirrorsThatHaveThem() throws {
        try deployment.deploy(pathCount: 2, mirrorCount: 2)
        try publishRemoval(of: FileID(1))
        let point = AccessPoint(id: "m1-http", scheme: .http, baseURL: "http://m1/")
        var state = try CheckStateStore(store).load(point).state
        state[FileID(1)] = .make(.absent)
        try store.publish(state)
        func served() throws -> [String]? {
            try replicas(try #require(store.get(key)).bytes, of: Array("1".utf8))
        }

        var settings = MapPublication.Settings()
        settings.showsFolders = true
        _ = try MapPublication(store: store, settings: settings, now: .now).run()
        #expect(try served() == ["m0-http"])
        let map = try PublishedMap(try #require(store.get(key)).bytes)
        #expect((map.header.pathCount, map.header.heldPathCount) == (2, 2))
        let report = try #require(store.get(BlobKey("maps/europe.report.json"))).bytes
        let text = String(decoding: report, as: UTF8.self)
        #expect(text.contains("\"removedPaths\":1,\"oldestRemovalAt\":\"\(Timestamp.now)\""))
        let details = try #require(store.get(BlobKey(FileDetailsKey.text(generation: 2)))).bytes
        let view = try unsafe FileDetailsView(details.span.bytes)
        let path = Array("1".utf8)
        let isKnown = unsafe view.file(at: path.span.bytes) != nil
        #expect(isKnown)
        let folders = try #require(store.get(BlobKey(FileDetailsKey.folders(generation: 2)))).bytes
        let names = try unsafe FolderNamesView(folders.span.bytes)
        let root: [UInt8] = []
        let count = unsafe names.folder(at: root.span.bytes)?.count
        #expect(count == 1)

        // This is half of the paths that the map knew, and no loss.
        _ = try deployment.build(age: 36 * 3_600 + 1)
        #expect(try served() == nil)
    }

    @Test func withoutDaysNoRemovedFileIsServed() throws {
        try deployment.deploy(pathCount: 2, mirrorCount: 1)
        try publishRemoval(of: FileID(1))
        var settings = MapPublication.Settings()
        settings.removedSeconds = 0
        _ = try MapPublication(store: store, settings: settings, now: .now).run()
        let map = try #require(store.get(key)).bytes
        #expect(try replicas(map, of: Array("1".utf8)) == nil)
    }

    @Test func writesTheNamesInFoldersWhereTheyAreShown() throws {
        try deployment.deploy(pathCount: 2)
        let key = try BlobKey("details/0000000001.folders")
        var settings = MapPublication.Settings()
        settings.regions = ["europe"]
        _ = try MapPublication(store: store, settings: settings, now: .now).run()
        #expect(store.get(key) == nil)
        settings.showsFolders = true
        _ = try MapPublication(store: store, settings: settings, now: .now).run()
        let bytes = try #require(store.get(key)).bytes
        let view = try unsafe FolderNamesView(bytes.span.bytes)
        let root: [UInt8] = []
        let count = unsafe view.folder(at: root.span.bytes)?.count
        #expect(count == 2)
        let writeCount = store.writeCount
        _ = try MapPublication(store: store, settings: settings, now: .now).run()
        #expect(store.writeCount == writeCount)
    }

    @Test func buildsEveryRegionByDefault() throws {
        try deployment.deploy()
        _ = try MapPublication(store: store, settings: .init(), now: .now).run()
        #expect(
            store.list(prefix: "maps/").map(\.text)
                == (["maps/holders"]
                + Regions.continents.all.flatMap {
                    ["maps/\($0.id).map", "maps/\($0.id).report.json"]
                }).sorted()
        )
    }

    @Test func otherRegionsArePublishedIfAnotherRunWritesOneOfThemFirst() throws {
        try deployment.deploy()
        let africa = try BlobKey("maps/africa.map")
        let contested = OvertakenStore(base: store, key: africa)
        #expect(throws: StorageError.conditionFailed(key: africa.text)) {
            try MapPublication(store: contested, settings: .init(), now: .now).run()
        }
        #expect(store.get(africa)?.bytes == OvertakenStore.bytes)
        for region in Regions.continents.all where region.id != "africa" {
            let map = try #require(store.get(BlobKey("maps/\(region.id).map")), "\(region.id)")
            #expect(try PublishedMap(map.bytes).header.heldPathCount == 10)
        }
    }

    @Test func theMapBeforeStaysIfAnotherRunPublishesFirst() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let first = try #require(store.get(key)).bytes
        try deployment.deploy(pathCount: 11)
        _ = try deployment.build()
        try deployment.deploy(pathCount: 12)
        let contested = OvertakenStore(base: store, key: key)
        var settings = MapPublication.Settings()
        settings.regions = ["europe"]
        #expect(throws: StorageError.conditionFailed(key: key.text)) {
            try MapPublication(store: contested, settings: settings, now: .now).run()
        }
        #expect(store.get(previousKey)?.bytes == first)
    }

    @Test func leavesAMapThatDidNotChange() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let writeCount = store.writeCount
        #expect(try deployment.build(age: 60)["published"] == false)
        #expect(store.writeCount == writeCount)
    }

    @Test func keepsTheMapBefore() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let before = try #require(store.get(key)).bytes
        try deployment.deploy(pathCount: 11)
        #expect(try deployment.build()["published"] == true)
        #expect(store.get(previousKey)?.bytes == before)
        #expect(store.get(key)?.bytes != before)
    }

    @Test(
        arguments: [
            (paths: 8, held: 8, mirrors: 4, refusal: nil),
            (7, 7, 5, "paths"),
            (10, 7, 5, "paths that a mirror holds"),
            (10, 10, 3, "access points"),
        ] as [(paths: Int, held: Int, mirrors: Int, refusal: String?)]
    )
    func refusesToLoseMoreThanAFifth(
        paths: Int,
        held: Int,
        mirrors: Int,
        refusal: String?
    ) throws {
        try deployment.deploy()
        _ = try deployment.build()
        let before = try #require(store.get(key)).bytes
        try deployment.deploy(pathCount: paths, heldCount: held, mirrorCount: mirrors)
        guard let refusal else {
            #expect(try deployment.build()["published"] == true)
            return
        }
        let error = try #require(throws: MapBuildingError.self) { try deployment.build() }
        guard case .shrunk("europe", refusal, _, _, 20) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(store.get(key)?.bytes == before)
        #expect(store.get(previousKey) == nil)
        #expect(try deployment.build(allowsShrink: true)["published"] == true)
        #expect(store.get(previousKey)?.bytes == before)
    }

    @Test func refusingOneRegionStopsNoOther() throws {
        try deployment.deploy()
        _ = try deployment.build()
        try deployment.deploy(pathCount: 5)
        #expect(throws: MapBuildingError.self) {
            try MapPublication(store: store, settings: .init(), now: .now).run()
        }
        let maps = store.list(prefix: "maps/").filter { $0.text.hasSuffix(".map") }
        #expect(maps.count == Regions.continents.all.count)
    }

    @Test func namesTheRegionsThereAre() throws {
        try deployment.deploy()
        var settings = MapPublication.Settings()
        settings.regions = ["europe", "atlantis"]
        let error = try #require(throws: MapBuildingError.self) {
            try MapPublication(store: store, settings: settings, now: .now).run()
        }
        #expect(error.description.contains("atlantis"))
        #expect(error.description.contains("australia-and-oceania"))
        #expect(store.list(prefix: "maps/").isEmpty)
    }

    @Test func saysWhatIsMissing() throws {
        #expect(throws: CatalogError.unpublished) { try deployment.build() }
        try store.publish(Catalog(generation: 1))
        #expect(throws: MirrorStorageError.noMirrors) { try deployment.build() }
    }

    @Test func leavesOutACheckStateThatCannotBeRead() throws {
        try deployment.deploy()
        try store.put(BlobKey(CheckState.key(of: "m0-http")), Array("junk".utf8))
        #expect(try deployment.build()["accessPoints"] == 4)
    }

    @Test func leavesOutAnAccessPointThatMoved() throws {
        try deployment.deploy()
        var state = CheckState(accessPointID: "m0-http", baseURL: "http://old/")
        state[FileID(0)] = .make()
        try store.publish(state)
        #expect(try deployment.build()["accessPoints"] == 4)
    }

    /// A damaged map is neither compared with nor kept for a rollback.
    @Test func replacesAMapThatCannotBeRead() throws {
        try deployment.deploy()
        _ = try deployment.build()
        var bytes = try #require(store.get(key)).bytes
        let good = bytes
        bytes[bytes.count - 1] ^= 1
        try store.put(key, bytes)
        #expect(try deployment.build()["published"] == true)
        #expect(store.get(key)?.bytes == good)
        #expect(store.get(previousKey) == nil)
    }

    @Test func aDryRunPublishesNothingAndSaysWhatWouldBeDifferent() throws {
        try deployment.deploy(pathCount: 10, heldCount: 9)
        _ = try deployment.build()
        try deployment.deploy(pathCount: 7, mirrorCount: 6)
        let writeCount = store.writeCount
        let figures = try deployment.build(isDryRun: true)
        #expect(store.writeCount == writeCount)
        #expect(figures["published"] == false)
        #expect(
            figures["difference"] == [
                "paths": ["old": 10, "new": 7],
                "held": ["old": 9, "new": 7],
                "mirrors": ["gained": ["m5"], "lost": []],
                "accessPoints": ["gained": ["m5-http"], "lost": []],
                "catalogPaths": [
                    "gained": 0, "lost": 0, "heldGained": 0, "heldLost": 0, "moved": 7,
                    "movedPercent": .number(16.7),
                ],
            ]
        )
        guard case .string(let refusal)? = figures["refusal"] else {
            Issue.record("\(figures)")
            return
        }
        #expect(refusal.contains("7 paths instead of 10"))
        #expect(try deployment.build(allowsShrink: true, isDryRun: true)["refusal"] == nil)
    }

    @Test func aDryRunGoesWithoutAPublishedMap() throws {
        try deployment.deploy(pathCount: 3, heldCount: 2, mirrorCount: 1)
        guard case .object(let difference)? = try deployment.build(isDryRun: true)["difference"]
        else {
            Issue.record("no difference")
            return
        }
        #expect(difference["mirrors"] == ["gained": ["m0"], "lost": []])
        #expect(
            difference["catalogPaths"] == [
                "gained": 3, "lost": 0, "heldGained": 2, "heldLost": 0, "moved": 0,
                "movedPercent": .number(0),
            ]
        )
        #expect(store.list(prefix: "maps/").isEmpty)
    }

    /// An anycast name that three mirrors list is asked once, and its answers are credited to all.
    @Test func oneStateCountsForAllMirrorsOfItsURL() throws {
        try deployment.deploy(pathCount: 4, mirrorCount: 1)
        let germany = try #require(CountryCode("DE"))
        let mirrors = ["m0", "m7", "m8"].map { id in
            let point = AccessPoint(id: "\(id)-http", scheme: .http, baseURL: "http://m0/")
            return Mirror(
                id: id,
                name: id,
                country: germany,
                region: "europe",
                accessPoints: [point]
            )
        }
        try deployment.store.publish(mirrors)
        #expect(try deployment.build()["accessPoints"] == 3)
    }
}

/// A store in which another writer is faster with one blob, once.
private final class OvertakenStore: WrappedStore {
    static let bytes = Array("of another run".utf8)
    let base: InMemoryStore
    private let key: BlobKey
    private let isDone = Atomic(false)

    init(base: InMemoryStore, key: BlobKey) {
        self.base = base
        self.key = key
    }

    func before(_ operation: StoreOperation, _ key: String) throws(StorageError) {
        guard operation == .put, key == self.key.text, !isDone.exchange(true, ordering: .relaxed)
        else { return }
        try base.put(self.key, Self.bytes)
    }
}
