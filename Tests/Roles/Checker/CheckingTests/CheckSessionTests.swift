import Catalogs
import CheckPlanning
import CheckStates
import Checking
import FunctionRuntime
import HealthFormat
import HealthStorage
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

/// A session's way from the mirror list and the catalog to check states, health and the result
/// line.
@Suite struct CheckSessionTests {
    let clock = ManualClock()
    let store = InMemoryStore()

    func publish() throws {
        try CheckRequestTests.publish(.make(files: [("x", 1, 0), ("y", 1, 0)]), in: store)
    }

    func run(
        _ request: CheckRequest = CheckRequest(),
        script: @escaping (Question) -> Reply
    ) throws -> JSONObject {
        let session = CheckSession(request: request, store: store, clock: clock)
        let result = try session.run { _ in ScriptedTransport(clock: clock, script: script) }
        guard case .object(let object) = result else { return [:] }
        return object
    }

    static func well(_ question: Question) -> Reply {
        question.subject == .impossibleName
            ? .answered(status: 404, byteCount: nil) : .answered(status: 200, byteCount: 10)
    }

    @Test func checksTheWebAndNamesWhatItDidNotCheck() throws {
        try publish()
        let object = try run(script: Self.well)
        #expect(object["mode"] == "check")
        #expect(object["generation"] == 1)
        #expect(object["health"] == ["up": 2, "down": 0])
        #expect(
            object["notChecked"] == [
                ["id": "a-rsync", "reason": "scheme rsync"],
                ["id": "b-rsync", "reason": "scheme rsync"],
            ]
        )
        let totals: JSONValue = [
            "asked": 4, "present": 4, "absent": 0, "altered": 0, "stale": 0, "refused": 0,
            "unreachable": 0, "suspected": 0, "unknown": 0, "left": 0,
        ]
        #expect(object["totals"] == totals)
        let keys = store.list(prefix: "checks/").map(\.text)
        #expect(keys.filter { $0.hasSuffix(".state") }.count == 2)
        #expect(keys.filter { $0.hasSuffix(".agenda") }.count == 2)
        let health = try HealthStore(store).read()
        #expect(health.statuses.mapValues(\.isUp) == ["a-http": true, "b-http": true])
    }

    @Test func keepsTheTimesThatAProbeMeasuredForTheRegionItStandsIn() throws {
        try publish()
        var request = CheckRequest()
        request.mode = .probe
        request.from = "asia"
        for _ in 0..<5 {
            _ = try run(request) { question in
                question.accessPoint == 0
                    ? Self.well(question) : .failed(reason: "connection refused")
            }
        }
        let samples = try store.probeSamples(of: "asia").accessPoints
        #expect(samples.mapValues(\.recent.count) == ["a-http": 5, "b-http": 5])
        #expect(samples["a-http"]?.settledMilliseconds != nil)
        #expect(samples["a-http"]?.errorsPerMille == 0)
        #expect(samples["b-http"]?.settledMilliseconds == nil)
        #expect(samples["b-http"]?.errorsPerMille == 1000)
        #expect(try store.probeSamples(of: "europe").accessPoints.isEmpty)
    }

    @Test func standsInARegionThatThereIs() throws {
        try publish()
        var request = CheckRequest()
        request.from = "atlantis"
        #expect(throws: FunctionError.self) { try run(request, script: Self.well) }
        #expect(store.list(prefix: "latency/").isEmpty)
    }

    @Test func reportsEachAccessPointOnALineOfItsOwn() throws {
        try publish()
        var lines: [JSONValue] = []
        let session = CheckSession(
            request: CheckRequest(),
            store: store,
            clock: clock,
            report: { lines.append($0) }
        )
        let transport = ScriptedTransport(clock: clock, secondsPerAnswer: 0.5, script: Self.well)
        let result = try session.run { _ in transport }
        guard case .object(let object) = result, case .array(let points)? = object["accessPoints"],
            case .array(let omissions)? = object["notChecked"],
            case .object(let first)? = lines.first
        else {
            Issue.record("\(result)")
            return
        }
        #expect(lines == points + omissions)
        #expect(first["id"] == "a-http")
        #expect(first["asked"] == 2)
        #expect(first["left"] == 0)
        // About two files in two seconds: each answer waits for that of the other access point.
        guard case .number(let rate)? = first["requestsPerSecond"],
            case .integer(let cycle)? = first["fullCycleSeconds"]
        else {
            Issue.record("\(first)")
            return
        }
        #expect(rate > 0)
        #expect(cycle == Int64((2 / rate).rounded(.up)))
    }

    @Test func readsTheClassesOfTheOperator() throws {
        try publish()
        try store.put(BlobKey("classes.json"), Array(#"{"version":1,"mutable":["a//b"]}"#.utf8))
        #expect(throws: MirrorStorageError.self) { try run(script: Self.well) }
        try store.put(BlobKey("classes.json"), Array(#"{"version":1,"mutable":["x"]}"#.utf8))
        let transport = ScriptedTransport(clock: clock, script: Self.well)
        // As old as possible; "y" is immutable.
        transport.modified = { _ in Timestamp(secondsSinceEpoch: -10) }
        var request = CheckRequest()
        request.accessPointIDs = ["a-http"]
        _ = try CheckSession(request: request, store: store, clock: clock).run { _ in transport }
        let mirrors = try store.mirrors()
        let state = try CheckStateStore(store).load(mirrors[0].accessPoints[0]).state
        #expect(state[FileID(0)].outcome == .stale)
        #expect(state[FileID(1)].outcome == .present)
    }

    @Test func classesThatComeLaterRepairEarlierVerdicts() throws {
        try publish()
        let transport = ScriptedTransport(clock: clock, script: Self.well)
        transport.modified = { _ in Timestamp(secondsSinceEpoch: -10) }
        var request = CheckRequest()
        request.accessPointIDs = ["a-http"]
        func state() throws -> CheckState {
            _ = try CheckSession(request: request, store: store, clock: clock).run { _ in transport
            }
            return try CheckStateStore(store).load(store.mirrors()[0].accessPoints[0]).state
        }
        #expect(try state()[FileID(0)].outcome == .present)
        try store.put(BlobKey("classes.json"), Array(#"{"version":1,"mutable":["x"]}"#.utf8))
        let repaired = try state()
        #expect(repaired[FileID(0)].outcome == .stale)
        #expect(repaired[FileID(1)].outcome == .present)
        // They are judged again once.
        let latest = try state()
        #expect(latest[FileID(0)].outcome == .stale)
        #expect(latest.memory.classesMark == repaired.memory.classesMark)
    }

    @Test func aProbeWritesHealthOnly() throws {
        try publish()
        var request = CheckRequest()
        request.mode = .probe
        let object = try run(request) { question in
            question.accessPoint == 0 ? .failed(reason: "refused") : Self.well(question)
        }
        #expect(object["up"] == 1)
        #expect(object["down"] == 1)
        #expect(store.list(prefix: "checks/").isEmpty)
    }

    @Test func aMirrorOutOfScopeKeepsItsHealth() throws {
        try publish()
        var request = CheckRequest()
        request.mode = .probe
        _ = try run(request, script: Self.well)
        request.accessPointIDs = ["b-http"]
        clock.elapsed = 100
        _ = try run(request) { _ in .failed(reason: "refused") }
        let health = try HealthStore(store).read()
        #expect(health.statuses.mapValues(\.isUp) == ["a-http": true, "b-http": false])
    }

    @Test func aSilentMirrorIsNotAskedForFiles() throws {
        try publish()
        let object = try run { question in
            question.accessPoint == 0 ? .failed(reason: "refused") : Self.well(question)
        }
        guard case .array(let lines)? = object["accessPoints"],
            case .object(let line)? = lines.first
        else {
            Issue.record("\(object)")
            return
        }
        #expect(line["asked"] == 0)
        #expect(line["problem"] == "down: no usable answer")
    }

    @Test func anUnknownNameIsABadRequest() throws {
        try publish()
        var request = CheckRequest()
        request.accessPointIDs = ["nobody"]
        let error = try #require(throws: FunctionError.self) { try run(request, script: Self.well) }
        #expect(error.exitStatus == 2)
        #expect(error.description.contains("nobody"))
    }

    @Test func saysWhatIsMissing() throws {
        #expect(throws: MirrorStorageError.noMirrors) { try run(script: Self.well) }
        try store.put(
            BlobKey("mirrors.json"),
            MirrorList(mirrors: CheckRequestTests.mirrors()).json.serialized()
        )
        #expect(throws: CatalogError.unpublished) { try run(script: Self.well) }
        var request = CheckRequest()
        request.mode = .probe
        #expect(try run(request, script: Self.well)["up"] == 2)
    }
}
