import Catalogs
import CheckPlanning
import FunctionRuntime
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import TestSupport
import Testing
import Time

@testable import Checking

/// A call that is only about new files ends immediately if a check is already running.
@Suite struct ClaimTests {
    let clock = ManualClock()
    let store = InMemoryStore()

    init() throws {
        try CheckRequestTests.publish(CheckRunTests.catalog(3), in: store)
    }

    /// One call; `during` is called at its first question.
    @discardableResult
    func call(
        _ fields: String,
        at time: Int64 = 0,
        during: () throws -> Void = {}
    ) throws -> JSONValue? {
        var json = try JSONFields(JSONValue(parsing: Array(fields.utf8)))
        let request = try CheckRequest(&json, Environment([:]))
        return try withoutActuallyEscaping(during) { during -> JSONValue? in
            var isFirst = true
            let session = CheckSession(
                request: request,
                store: store,
                clock: clock,
                leaseClock: { ManualClock.start.secondsSinceEpoch + time },
                report: { _ in }
            )
            let result = try session.run { _ in
                ScriptedTransport(clock: clock) { question in
                    if isFirst {
                        isFirst = false
                        do { try during() } catch { Issue.record(error) }
                    }
                    return CheckSessionTests.well(question)
                }
            }
            guard case .object(let object) = result else { return nil }
            return object["ending"]
        }
    }

    static let wakeUp = #"{"unlessRunning":true}"#

    @Test func aWakeUpEndsAtOnceWhileACheckRuns() throws {
        var inner: [JSONValue?] = []
        let outer = try call("{}") {
            inner.append(try call(Self.wakeUp))
            // Calls for selected access points do what they say, and so does cron.
            inner.append(try call(#"{"accessPoints":["b-http"],"mode":"probe"}"#))
            inner.append(try call("{}"))
        }
        #expect(outer == "nothing due")
        let expected: [JSONValue?] = ["already running", nil, "nothing due"]
        #expect(inner == expected)
        #expect(try call(Self.wakeUp) == "nothing due")
    }

    @Test func oneThatWasKilledHoldsNobodyUpForLong() throws {
        let killed = try Lease.acquire("run-check", for: 120, in: store, owner: "gone/1") {
            ManualClock.start.secondsSinceEpoch
        }
        guard case .acquired = killed else {
            Issue.record("\(killed)")
            return
        }
        #expect(try call(Self.wakeUp, at: 60) == "already running")
        #expect(try call("{}", at: 60) == "nothing due")
        #expect(try call(Self.wakeUp, at: 130) == "nothing due")
    }

    @Test func aCheckOfSomeClaimsNothing() throws {
        var inner: JSONValue?
        try call(#"{"mirrors":["a"]}"#) { inner = try call(Self.wakeUp) }
        #expect(inner == "nothing due")
    }
}
