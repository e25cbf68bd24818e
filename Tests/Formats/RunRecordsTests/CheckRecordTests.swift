import CheckStates
import JSON
import ObjectStorage
import RunRecords
import TestSupport
import Testing
import Time

@Suite struct CheckRecordTests {
    private let store = InMemoryStore()
    private let now = Timestamp(secondsSinceEpoch: 1_796_083_200)

    private var full: CheckRecord.Line {
        var counts = FileCounts()
        counts.present = 140_000
        counts.refused = 17
        var answers = AnswerTally()
        for number in 0..<7 { answers.add("403", path: "distfiles/\(number)", byteCount: 162) }
        answers.add("timeout", path: "distfiles/slow")
        return CheckRecord.Line(
            id: "mirror.example.org-https",
            at: now,
            askedCount: 8,
            counts: counts,
            leftCount: 12,
            requestsPerSecond: 2.25,
            doubtedSince: now,
            doubtReason: "losses",
            problem: "lacks much of what it had",
            answers: answers,
            listedAt: now,
            visits: Visits(day: 20_788, count: 8, earlierCount: 345)
        )
    }

    /// What is said on a day does not change until the next.
    @Test func questionsAreCountedByDay() {
        let midnight = Timestamp(secondsSinceEpoch: 20_788 * 86_400)
        func after(_ hours: Int64) -> Timestamp { midnight.advanced(bySeconds: hours * 3600) }
        var visits = Visits(after: nil, adding: 5, at: midnight)
        #expect(visits.countOfYesterday(now: after(1)) == nil)
        visits = Visits(after: visits, adding: 7, at: after(23))
        #expect(visits.countOfYesterday(now: after(24)) == 12)
        visits = Visits(after: visits, adding: 3, at: after(25))
        #expect(visits == Visits(day: 20_789, count: 3, earlierCount: 12))
        #expect(visits.countOfYesterday(now: after(47)) == 12)
        visits = Visits(after: visits, adding: 0, at: after(24 * 4))
        #expect(visits.countOfYesterday(now: after(24 * 4)) == 0)
        #expect(visits.countOfYesterday(now: after(24 * 6)) == nil)
        // A clock that went back.
        #expect(Visits(after: visits, adding: 1, at: midnight).earlierCount == nil)
    }

    @Test func readsWhatItWrote() throws {
        let record = CheckRecord.make("0", at: now, [full, CheckRecord.Line(id: "b", at: now)])
        let read = try CheckRecord(json: JSONValue(parsing: record.json.serialized()))
        #expect(read == record)
        #expect(read.json.serialized() == record.json.serialized())
    }

    @Test func keepsThreeExamplesOfEachAnswer() {
        #expect(full.answers.counts == ["403": 7, "timeout": 1])
        #expect(
            full.answers.samples.map(\.path) == [
                "distfiles/0", "distfiles/1", "distfiles/2", "distfiles/slow",
            ]
        )
    }

    @Test func answersOfManyKindsAreBounded() throws {
        var answers = AnswerTally()
        for status in 0..<1000 { answers.add("\(status)", path: "a") }
        #expect(answers.counts.count == AnswerTally.nameLimit + 1)
        #expect(answers.counts["other"] == 1000 - AnswerTally.nameLimit)
        var line = full
        line.answers = answers
        let record = CheckRecord.make("0", at: now, [line])
        #expect(try CheckRecord(json: record.json).lines == [line])
    }

    static let tallies: [(counts: [String: Int], status: Int?)] = [
        (["403": 500], 403), (["403": 500, "503": 600, "404": 5], 503), (["403": 49], nil),
        (["403": 500, "200": 6], nil), (["404": 5000], nil), (["timeout": 500], nil),
        (["500": 30, "502": 30], 500),
    ]

    @Test(arguments: tallies)
    func refusesAsAWholeWhatRefusesNearlyEverything(
        _ row: (counts: [String: Int], status: Int?)
    ) {
        var answers = AnswerTally()
        for (name, count) in row.counts { answers.add(name, count: count) }
        #expect(answers.refusedStatus == row.status)
    }

    @Test func theYoungestLineCounts() throws {
        var older = full
        older.at = now.advanced(bySeconds: -600)
        older.leftCount = 99
        var newer = CheckRecord.Line(id: older.id, at: now, leftCount: 3)
        newer.problem = "down: timeout"
        try store.note(CheckRecord.make("0", at: newer.at, [newer]))
        try store.note(CheckRecord.make("5", at: older.at, [older]))
        let lines = CheckLines(try store.checkRecords())
        #expect(lines.all.count == 1)
        #expect(lines[older.id]?.leftCount == 3)
        #expect(lines[older.id]?.problem == "down: timeout")
        #expect(lines[older.id]?.answers == older.answers)
        #expect(lines["nobody"] == nil)
    }

    @Test func whatWasSelectedAddsUpForADay() throws {
        let slot = CheckRecord.selectedSlot
        let early = now.advanced(bySeconds: -86_400)
        try store.note(CheckRecord.make(slot, at: early, [.init(id: "a", at: early)]))
        let later = now.advanced(bySeconds: -60)
        try store.note(CheckRecord.make(slot, at: later, [.init(id: "b", at: later)]))
        try store.note(CheckRecord.make(slot, at: now, [.init(id: "c", at: now)]))
        #expect(try store.checkRecords().flatMap(\.lines).map(\.id) == ["c", "b"])
        // A round's slot contains the findings of its latest call.
        try store.note(CheckRecord.make("0", at: later, [.init(id: "b", at: later)]))
        try store.note(CheckRecord.make("0", at: now, [.init(id: "c", at: now)]))
        #expect(try store.checkRecords().first?.lines.map(\.id) == ["c"])
    }

    @Test func anAccessPointTakesThreeHundredBytes() {
        var lines: [CheckRecord.Line] = []
        for number in 0..<446 {
            var line = CheckRecord.Line(id: "mirror-\(number).example.org-https", at: now)
            line.askedCount = 160
            var counts = FileCounts()
            counts.present = 149_000
            line.counts = counts
            line.requestsPerSecond = 3.1
            line.answers.add("200", count: 160)
            lines.append(line)
        }
        #expect(CheckRecord.make("0", at: now, lines).json.serialized().count < 130_000)
    }

    @Test func damagedRecordsCountAsNone() throws {
        for text in ["", "{", #"{"version":9}"#, #"{"version":1,"slot":"0"}"#] {
            try store.put(BlobKey(CheckRecord.key(ofSlot: "0")), Array(text.utf8))
            #expect(try store.checkRecords() == [])
        }
    }
}
