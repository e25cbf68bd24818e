import Catalogs
import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Checking

/// A session whose work is handed out to calls, or belongs to a round that ends.
@Suite struct FanOutSessionTests {
    private let clock = ManualClock()
    private let store = InMemoryStore()

    init() throws {
        try CheckRequestTests.publish(.make(files: [("x", 1, 0)]), in: store)
    }

    private var states: [String] {
        store.list(prefix: "checks/").map(\.text).filter { $0.hasSuffix(".state") }
    }

    private func run(_ fields: String, _ environment: [String: String] = [:]) throws -> JSONObject {
        var json = try JSONFields(JSONValue(parsing: Array(fields.utf8)))
        let request = try CheckRequest(&json, Environment(environment))
        let session = CheckSession(
            request: request,
            store: store,
            clock: clock,
            pause: { [clock] in clock.elapsed += $0 }
        )
        let result = try session.run { _ in
            ScriptedTransport(clock: clock, script: CheckSessionTests.well)
        }
        guard case .object(let object) = result else { return [:] }
        return object
    }

    /// Nothing listens at the gateway's address.
    @Test func doesAllItselfWhereNoGatewayAnswers() throws {
        let gateway = [
            "GATEWAY_URL": "http://127.0.0.1:\(try freePort())", "CHECK_FAN_OUT": "8",
        ]
        let object = try run(#"{"mode":"check"}"#, gateway)
        #expect(object["calls"] == nil && object["ending"] == "nothing due")
        #expect(states.count == 2)
    }

    /// A gateway that takes every call, and carries out none.
    private static func patientQueue() throws -> ScriptedWebServer {
        try ScriptedWebServer { _, _ in
            ScriptedWebServer.answer("202 Accepted", ["X-Call-Id: abc"])
        }
    }

    /// The gateway accepts the calls, and its queue starts none of them.
    @Test func doesWhatNobodyHasBegunWith() throws {
        let gateway = try Self.patientQueue()
        let object = try run(
            #"{"mode":"check"}"#,
            ["GATEWAY_URL": "http://127.0.0.1:\(gateway.port)", "CHECK_FAN_OUT": "8"]
        )
        guard case .array(let calls)? = object["calls"] else {
            Issue.record("no calls: \(object)")
            return
        }
        #expect(calls.count == 4)
        #expect(states.count == 2)
        #expect(clock.elapsed >= 15)
    }

    /// Access points that a call is working on are left to it.
    @Test func leavesToTheCallsWhatTheyAreAtWorkOn() throws {
        let gateway = try Self.patientQueue()
        let lease = try Lease.acquire("check-a-http", for: 1_000, in: store)
        guard case .acquired = lease else {
            Issue.record("no lease")
            return
        }
        _ = try run(
            #"{"mode":"check"}"#,
            ["GATEWAY_URL": "http://127.0.0.1:\(gateway.port)", "CHECK_FAN_OUT": "8"]
        )
        #expect(states == ["checks/b-http.state"])
    }

    @Test func handsNothingOutThatWasHandedOut() throws {
        let gateway = ["GATEWAY_URL": "http://127.0.0.1:1", "CHECK_FAN_OUT": "8"]
        let end = clock.now.secondsSinceEpoch + 100
        let object = try run(
            #"{"mode":"check","accessPoints":["a-http"],"endBy":\#(end)}"#,
            gateway
        )
        #expect(object["ending"] == "nothing due")
        #expect(states == ["checks/a-http.state"])
    }

    static let ends: [(secondsLeft: Int64, budget: Int64)] = [
        (1_000, 240), (100, 100), (5, 5), (0, 0), (-1_000, -1_000),
    ]

    @Test(arguments: ends)
    func endsWithItsRound(_ row: (secondsLeft: Int64, budget: Int64)) {
        var request = CheckRequest()
        request.endBy = clock.now.secondsSinceEpoch + row.secondsLeft
        let limited = CheckSession.limited(request, at: clock.now)
        #expect(limited.settings.budgetSeconds == row.budget)
    }

    @Test func doesNothingWhenItsRoundIsOver() throws {
        let object = try run(#"{"accessPoints":["a-http"],"endBy":5}"#)
        #expect(object["ending"] == "late")
        #expect(store.list(prefix: "checks/").isEmpty)
    }

    /// Mirrors of another region's checker are not asked.
    @Test func asksTheMirrorsOfItsRegion() throws {
        let europe = ["REGION": "europe", "CHECK_REGIONS": "europe,australia-and-oceania"]
        #expect(try run("{}", europe)["ending"] == "nothing due")
        #expect(states.count == 2)
        let australia = europe.merging(["REGION": "australia-and-oceania"]) { $1 }
        let object = try run(#"{"mode":"probe"}"#, australia)
        #expect(object["up"] == 0 && object["down"] == 0)
    }
}
