import MapBuilding
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// What `mirrors … --dry-run` says that a change would do to maps.
@Suite struct MapForecastTests {
    private let deployment: BuilderDeployment
    private var store: InMemoryStore { deployment.store }

    init() throws {
        deployment = try BuilderDeployment()
    }

    private func forecast(
        _ change: (inout [Mirror]) -> Void
    ) throws -> MapPublication.RegionOutcome {
        var settings = MapPublication.Settings()
        settings.regions = ["europe"]
        let build = MapPublication(store: store, settings: settings, now: .now)
        var list = MirrorList(mirrors: try store.mirrors())
        change(&list.mirrors)
        let outcome = try build.forecast(with: list)
        #expect(outcome.regions.map(\.id) == ["europe"])
        return try #require(outcome.regions.first).outcome
    }

    @Test func theListThatIsAskedForCountsAndNothingIsWritten() throws {
        try deployment.deploy()
        _ = try deployment.build()
        let writeCount = store.writeCount
        guard
            case .previewed(let figures, let difference, let refusal) =
                try forecast({ $0.removeFirst() })
        else {
            Issue.record("this is no preview")
            return
        }
        #expect(figures.accessPointCount == 4)
        #expect(difference.accessPoints.gained.isEmpty)
        #expect(difference.accessPoints.lost == ["m0-http"])
        #expect(difference.paths?.heldLostCount == 0)
        #expect(refusal == nil)
        #expect(store.writeCount == writeCount)
        #expect(try store.mirrors().count == 5)
    }

    @Test func aGuardRailThatWouldRefuseIsNamed() throws {
        try deployment.deploy()
        _ = try deployment.build()
        guard
            case .previewed(_, let difference, .shrunk("europe", let what, 5, 1, 20)?) =
                try forecast({ $0.removeLast(4) })
        else {
            Issue.record("no guard rail refused")
            return
        }
        #expect(what == "access points")
        #expect(difference.accessPoints.lost.count == 4)
    }

    @Test func theOtherBytesAreReadWithAndWithoutACondition() throws {
        let (key, other) = (try BlobKey("mirrors.json"), try BlobKey("regions.json"))
        let below = try store.put(key, [1])
        let tag = try store.put(other, [2])
        let changed = StoreWithBlob(store: store, key: key, bytes: [3])
        let blob = try #require(try changed.get(key))
        #expect(blob.bytes == [3])
        #expect(try changed.get(key, ifChangedFrom: below) == .changed(blob))
        #expect(try changed.get(key, ifChangedFrom: blob.tag) == .unchanged)
        #expect(try changed.get(other, ifChangedFrom: tag) == .unchanged)
        #expect(try changed.get(other)?.bytes == [2])
    }

    @Test func nothingCanBeWrittenThroughAForecast() throws {
        let key = try BlobKey("maps/europe.map")
        let changed = StoreWithBlob(store: store, key: key, bytes: [3])
        #expect(throws: StorageError.conditionFailed(key: key.text)) { try changed.put(key, [4]) }
        #expect(throws: StorageError.conditionFailed(key: key.text)) { try changed.delete(key) }
        #expect(store.writeCount == 0)
    }
}
