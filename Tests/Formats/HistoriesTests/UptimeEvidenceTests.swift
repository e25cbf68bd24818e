import Events
import Testing
import Time

@testable import Histories

@Suite struct UptimeEvidenceTests {
    private func at(_ hour: Int64, _ minute: Int64 = 0) -> Timestamp {
        Timestamp(secondsSinceEpoch: (1000 + hour) * 3600 + minute * 60)
    }

    private func event(_ kind: Event.Kind, _ at: Timestamp) -> Event {
        Event(kind, "a-https", at: at, by: "checker-probe")
    }

    /// Hours 0 to 3 of an access point that was known before, unless `isNew`.
    private func hours(
        isUp: Bool = true,
        since: Timestamp,
        checkedAt: Timestamp? = nil,
        _ events: [Event],
        watched: Range<Timestamp>? = nil,
        isNew: Bool = false
    ) -> [Int?] {
        var history = History(beginningAt: 999)
        history.append(isNew ? [:] : ["a-https": 60])
        var evidence = UptimeEvidence(isUp: isUp, since: since, checkedAt: checkedAt ?? at(4, 5))
        for event in events { evidence.note(event) }
        history.extend(
            to: 1004,
            watched: watched ?? at(-9)..<at(4, 5),
            ["a-https": evidence]
        )
        return history.hours(of: ["a-https"], count: 4)
    }

    @Test func aMirrorThatNeverWentDownWasUp() {
        #expect(hours(since: at(-50), []) == [60, 60, 60, 60])
        #expect(hours(isUp: false, since: at(-50), []) == [0, 0, 0, 0])
    }

    @Test func aFlapBetweenTwoRunsCounts() {
        let flap = [event(.down, at(1, 10)), event(.up, at(1, 12))]
        #expect(hours(since: at(1, 12), flap) == [60, 58, 60, 60])
    }

    @Test func anOutageThatGoesOnIsCounted() {
        #expect(
            hours(isUp: false, since: at(2, 30), [event(.down, at(2, 30))]) == [60, 60, 30, 0]
        )
    }

    @Test func aNewOneIsKnownFromItsFirstProbe() {
        #expect(hours(since: at(2, 30), [], isNew: true) == [nil, nil, 60, 60])
        #expect(
            hours(isUp: false, since: at(2), [event(.down, at(2))], isNew: true) == [
                nil, nil, 0, 0,
            ]
        )
    }

    @Test func hoursWithoutProbesAreUnknown() {
        #expect(hours(since: at(-50), [], watched: at(2, 50)..<at(4, 5)) == [nil, nil, 60, 60])
        #expect(hours(since: at(-50), [], watched: at(4)..<at(4)) == [nil, nil, nil, nil])
        // The access point is no longer probed.
        #expect(hours(since: at(-50), checkedAt: at(2), []) == [60, 60, nil, nil])
    }

    @Test func theProbeReportsALostEvent() {
        // It went down at 0:30, and up at a time known only from the probe.
        #expect(hours(since: at(3), [event(.down, at(0, 30))]) == [30, 0, 0, 60])
        // It is up without an event, so its earlier state is unknown.
        #expect(hours(since: at(2), []) == [nil, nil, 60, 60])
    }

    @Test func aLongPauseOfStatusBeginsAnew() {
        var history = History(beginningAt: 0)
        history.append(["a-https": 60])
        let now = Timestamp(secondsSinceEpoch: 3600 * 100_000)
        history.extend(to: 100_000, watched: now..<now, [:])
        #expect(history.endHour == 100_000)
        #expect(history.points.isEmpty)
    }
}
