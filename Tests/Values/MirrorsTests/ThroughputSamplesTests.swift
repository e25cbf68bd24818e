import JSON
import Mirrors
import Testing

@Suite struct ThroughputSamplesTests {
    private static let day: Int64 = 86_400
    private static let start: Int64 = 20_000 * day

    /// One rate a day.
    private func samples(_ rates: [Int?]) -> ThroughputSamples {
        var samples = ThroughputSamples()
        for (day, rate) in rates.enumerated() {
            samples.add(rate, at: Self.start + Int64(day) * Self.day)
        }
        return samples
    }

    @Test(
        arguments: [
            ([], nil), ([100], nil), ([100, 100], nil), ([100, 120, 90], 100),
            // A day without an answer does not count.
            ([100, nil, 120, 90], 100),
            // Days that do not agree: no two of them are within a factor of two of each other.
            ([10, 100, 1_000], nil), ([10, 100, 1_000, 10_000], nil),
            ([10, 1_000, 1_100, 900], 1_000),
            // An increase by a quarter is not enough to move it.
            ([100, 100, 100, 125, 125, 125, 125, 125, 125, 125], 100),
            ([100, 100, 100, 126, 126, 126, 126, 126, 126, 126], 126),
            // Only the last seven days count.
            ([100, 100, 100] + Array(repeating: nil, count: 7), nil),
            ([0, -5, 0], 1), ([9_999_999, 9_999_999, 9_999_999], 1_048_576),
        ] as [([Int?], Int?)]
    )
    func settlesOnTheMedianOfDaysThatAgree(rates: [Int?], settled: Int?) {
        #expect(samples(rates).settled == settled)
    }

    @Test func tellsHowFarTheDaysAreApart() {
        let spread = samples([1, 2, 3, 100, 90, 110, 95, 105, 500, 10]).spread
        #expect(spread?.dayCount == 7)
        #expect(spread?.median == 100)
        #expect(spread?.least == 10)
        #expect(spread?.most == 500)
        #expect(spread?.agreeingCount == 5)
        #expect(samples([]).spread == nil)
    }

    @Test func whatIsNotMeasuredAnyMoreIsForgotten() {
        let samples = samples([100, 100, 100])
        let latest = Self.start + 2 * Self.day
        #expect(samples.settled(now: latest + 7 * Self.day) == 100)
        #expect(samples.settled(now: latest + 7 * Self.day + 1) == nil)
        #expect(samples.settled(now: .min) == nil)
    }

    /// Runs every five minutes, for two weeks.
    @Test(arguments: [0, 1, 4_711, 43_200, 86_399] as [Int64])
    func aDayHasOneMeasurementWhateverTheNumberOfRuns(secondOfDay: Int64) {
        var samples = ThroughputSamples()
        var asked: [Int64] = []
        for now in stride(from: Self.start, to: Self.start + 14 * Self.day, by: 300)
        where samples.isDue(now: now, secondOfDay: secondOfDay) {
            samples.ask(at: now)
            asked.append(now)
        }
        // The first one at once, and then one 20 hours after the previous one, until its second of
        // the day comes.
        #expect((14...16).contains(asked.count))
        for (earlier, later) in zip(asked, asked.dropFirst()) {
            #expect(later - earlier >= 20 * 3600)
            #expect(later - earlier <= Self.day)
        }
        for now in asked.dropFirst(6) {
            #expect((0..<300).contains((now - Self.start - secondOfDay + Self.day) % Self.day))
        }
    }

    @Test func aClockThatWentBackStopsNothing() {
        var samples = ThroughputSamples()
        samples.ask(at: Self.start)
        #expect(!samples.isDue(now: Self.start - 3600, secondOfDay: 0))
        #expect(samples.isDue(now: Self.start - 2 * Self.day, secondOfDay: 0))
    }

    @Test func readsWhatItWrote() throws {
        var all = ProbeSamples()
        all.accessPoints["a"] = .init()
        all.accessPoints["a"]?.throughput = samples([100, 120, nil, 90])
        all.accessPoints["a"]?.throughput.ask(at: Self.start + 9)
        all.accessPoints["b"] = .init()
        #expect(try ProbeSamples(json: JSONValue(parsing: all.json.serialized())) == all)
    }

    @Test(arguments: [
        (#"{"measured":[[1]]}"#, "throughput.measured"),
        (#"{"measured":[[1,0]]}"#, "throughput.measured"),
        (#"{"measured":[[-1,5]]}"#, "throughput.measured"),
        (#"{"measured":[["x",5]]}"#, "throughput.measured"), (#"{"settled":0}"#, "settled"),
        (#"{"askedAt":-1}"#, "askedAt"), ("7", "throughput"),
    ])
    func namesTheFieldThatIsWrong(text: String, field: String) {
        let blob = #"{"version":1,"accessPoints":{"a":{"throughput":\#(text)}}}"#
        #expect {
            try ProbeSamples(json: JSONValue(parsing: blob.utf8))
        } throws: { "\($0)".contains(field) }
    }
}
