import Catalogs
import CheckPlanning
import CheckStates
import FunctionRuntime
import HealthFormat
import HealthStorage
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing

@testable import Checking

/// A base URL listed by several mirrors, as anycast names are, is checked once.
@Suite struct CheckScopeTests {
    let clock = ManualClock()
    let store = InMemoryStore()

    static func mirrors() throws -> [Mirror] {
        [
            try RelativesTests.mirror("near", ["http://any.example/", "http://near.example/"]),
            try RelativesTests.mirror("far", ["http://any.example/"]),
            try RelativesTests.mirror("off", ["http://any.example/"], isEnabled: false),
        ]
    }

    func run(_ request: CheckRequest = CheckRequest()) throws -> (JSONObject, [Question]) {
        let mirrors = MirrorList(mirrors: try Self.mirrors())
        try store.put(BlobKey("mirrors.json"), mirrors.json.serialized())
        let catalogs = CatalogStore(store)
        if try catalogs.current().generation == 0 {
            try catalogs.publish(CheckRunTests.catalog(5), replacing: catalogs.current())
        }
        let transport = ScriptedTransport(clock: clock, script: CheckSessionTests.well)
        let session = CheckSession(request: request, store: store, clock: clock, report: { _ in })
        let result = try session.run { _ in transport }
        guard case .object(let object) = result else { return ([:], []) }
        return (object, transport.asked)
    }

    @Test func itsFilesAreAskedForOnceAndCountForAll() throws {
        let (object, asked) = try run()
        #expect(asked.count(where: \.isAboutFile) == 10)
        #expect(
            object["notChecked"] == [["id": "near-0", "reason": "the same URL as far-0"]]
        )
        let health = try HealthStore(store).read()
        #expect(health.statuses.keys.sorted() == ["far-0", "near-0", "near-1"])
        // Loading the state of either of them gives that one state.
        let states = CheckStateStore(store, groups: AccessPointGroups(try Self.mirrors()))
        for mirror in try Self.mirrors().prefix(2) {
            let state = try states.load(mirror.accessPoints[0]).state
            #expect(state.accessPointID == mirror.accessPoints[0].id)
            #expect(state.count == 5)
        }
    }

    @Test func namingOneOfThemHasTheURLAsked() throws {
        var request = CheckRequest()
        request.accessPointIDs = ["near-0"]
        let (object, asked) = try run(request)
        #expect(asked.count(where: \.isAboutFile) == 5)
        guard case .array(let lines)? = object["accessPoints"],
            case .object(let line)? = lines.first
        else {
            Issue.record("\(object)")
            return
        }
        #expect(line["id"] == "far-0")
    }

    /// Each belongs to some region, and one of the regions' checkers asks.
    @Test func ofSeveralCheckersOneAsks() throws {
        var counts: [Int] = []
        for id in ["near", "far"] {
            var request = CheckRequest()
            request.share = try RegionShare(
                Environment(["REGION": "europe", "CHECK_REGIONS": "europe"])
            )
            let mirrors = try Self.mirrors()
            let scope = try CheckScope(
                request,
                mirrors: mirrors,
                own: mirrors.filter { $0.id == id }
            )
            counts.append(scope.accessPoints.count { $0.baseURL == "http://any.example/" })
        }
        #expect(counts == [0, 1])
    }
}
