import JSON
import ObjectStorage
import RunRecords
import TestSupport
import Testing
import Time

@Suite struct RunRecordTests {
    private let store = InMemoryStore()
    private let start = Timestamp(secondsSinceEpoch: 1_796_083_200)

    private func record(
        _ exit: Int,
        at offset: Int64,
        refusals: [String: RunRecord.Refusal] = [:],
        after previous: RunRecord?
    ) -> RunRecord {
        RunRecord(
            .builder,
            program: "0.2.0",
            startedAt: start.advanced(bySeconds: offset),
            endedAt: start.advanced(bySeconds: offset + 2),
            exit: exit,
            error: exit == 0 ? nil : "it failed",
            intervalSeconds: 60,
            refusals: refusals,
            warnings: exit == 0 ? [] : ["look at it"],
            after: previous
        )
    }

    @Test func readsWhatItWrote() throws {
        let refusal = RunRecord.Refusal(reason: "lost 31 %", since: start, loggedAt: start)
        let first = record(0, at: 0, after: nil)
        for record in [first, record(4, at: 60, refusals: ["europe": refusal], after: first)] {
            let read = try RunRecord(json: JSONValue(parsing: record.json.serialized()))
            #expect(read == record)
            #expect(read.json.serialized() == record.json.serialized())
        }
    }

    @Test func failuresKeepTheLatestSuccessAndTheirFirst() throws {
        try store.note(.builder) { record(0, at: 0, after: $0) }
        try store.note(.builder) { record(1, at: 60, after: $0) }
        let (failed, previous) = try store.note(.builder) { record(4, at: 120, after: $0) }
        #expect(previous?.exit == 1)
        #expect(failed.lastSuccessAt == start.advanced(bySeconds: 2))
        #expect(failed.failingSince == start.advanced(bySeconds: 62))
        let (recovered, _) = try store.note(.builder) { record(0, at: 180, after: $0) }
        #expect(recovered.failingSince == nil)
        #expect(try store.runRecord(of: .builder) == recovered)
        #expect(try store.runRecord(of: .leader) == nil)
    }

    /// A failure between two successes is no gap; three intervals without one are.
    @Test func isSteadySinceTheLastGap() {
        let first = record(0, at: 0, after: nil)
        #expect(first.steadySince == start.advanced(bySeconds: 2))
        let failed = record(1, at: 60, after: first)
        let second = record(0, at: 180, after: failed)
        #expect(failed.steadySince == first.steadySince)
        #expect(second.steadySince == first.steadySince)
        let late = record(0, at: 361, after: second)
        #expect(late.steadySince == late.endedAt)
        // The record of a program that did not know this member.
        var former = first
        former.steadySince = nil
        #expect(record(0, at: 60, after: former).steadySince == former.lastSuccessAt)
        #expect(record(1, at: 0, after: nil).steadySince == nil)
    }

    @Test func isLateAfterThreeIntervalsWithoutASuccess() {
        let success = record(0, at: 0, after: nil)
        let failure = record(1, at: 170, after: success)
        #expect(failure.isLate(at: start.advanced(bySeconds: 182)) == false)
        #expect(failure.isLate(at: start.advanced(bySeconds: 183)) == true)
        #expect(record(1, at: 0, after: nil).isLate(at: start.advanced(bySeconds: 183)) == true)
        var unscheduled = success
        unscheduled.intervalSeconds = nil
        #expect(unscheduled.isLate(at: start.advanced(bySeconds: 9_999_999)) == nil)
    }

    @Test func eachRegionsCheckerHasARecordOfItsOwn() throws {
        for region in ["asia", "europe"] {
            try store.note(.checker, in: region) { previous in
                RunRecord(
                    .checker,
                    region: region,
                    program: "0.2.0",
                    startedAt: start,
                    endedAt: start,
                    after: previous
                )
            }
        }
        try store.note(.builder) { record(0, at: 0, after: $0) }
        try store.note(CheckRecord.make("0", at: start))
        let records = try store.runRecords()
        #expect(records.map(\.role) == [.builder, .checker, .checker])
        #expect(records.map(\.region) == [nil, "asia", "europe"])
    }

    /// A later version adds members, and a damaged previous record makes no run fail.
    @Test func skipsWhatItDoesNotKnowAndReplacesWhatIsDamaged() throws {
        var json = record(0, at: 0, after: nil).json
        guard case .object(var object) = json else {
            Issue.record("no object: \(json)")
            return
        }
        object["more"] = ["a": 1]
        json = .object(object)
        #expect(try RunRecord(json: json) == record(0, at: 0, after: nil))
        let key = try BlobKey(RunRecord.key(of: .builder))
        for text in ["{", #"{"version":2}"#, #"{"version":1,"function":"nobody"}"#] {
            try store.put(key, Array(text.utf8))
            #expect(try store.runRecords() == [])
            let (written, previous) = try store.note(.builder) { record(0, at: 0, after: $0) }
            #expect(previous == nil)
            #expect(try store.runRecord(of: .builder) == written)
        }
        let long = [UInt8](repeating: 0x20, count: RunRecord.byteLimit) + json.serialized()
        try store.put(key, long)
        #expect(try store.runRecord(of: .builder) == nil)
        #expect(try store.runRecords() == [])
    }

    @Test func cutsLongMessages() throws {
        var long = record(1, at: 0, after: nil)
        long.error = String(repeating: "ä", count: 1000)
        let read = try RunRecord(json: long.json)
        #expect(read.error?.count == RunRecord.textLimit)
        #expect(read.json.serialized().count < 1024)
    }
}

extension CheckRecord {
    /// A record of one slot.
    static func make(
        _ slot: String,
        at time: Timestamp,
        _ lines: [CheckRecord.Line] = []
    ) -> CheckRecord {
        CheckRecord(
            slot: slot,
            startedAt: time.advanced(bySeconds: -60),
            endedAt: time,
            ending: "budget spent",
            generation: 7,
            lines: lines
        )
    }
}
