import JSON
import Mirrors
import Testing

@Suite struct ProbeSamplesTests {
    private func samples(_ times: [Int64?]) -> ProbeSamples.Samples {
        var samples = ProbeSamples.Samples()
        for time in times { samples.add(time) }
        return samples
    }

    @Test(
        arguments: [
            ([10, 20, 30, 40], nil),
            ([10, 20, nil, 30, 40], nil),
            ([10, 20, 30, 40, 900], 30),
            // An increase by a quarter and 5 ms is not enough to move it.
            (Array(repeating: 40, count: 5) + Array(repeating: 50, count: 20), 40),
            (Array(repeating: 40, count: 5) + Array(repeating: 51, count: 20), 51),
            (Array(repeating: 4, count: 5) + Array(repeating: 9, count: 20), 4),
            (Array(repeating: 4, count: 5) + Array(repeating: 10, count: 20), 10),
            (Array(repeating: 100, count: 5) + Array(repeating: 70, count: 20), 70),
            (Array(repeating: 100, count: 20) + Array(repeating: nil, count: 20), 100),
        ] as [([Int64?], Int?)]
    )
    func settlesOnTheMedianWithHysteresis(times: [Int64?], settled: Int?) {
        #expect(samples(times).settledMilliseconds == settled)
    }

    @Test(
        arguments: [
            ([1, 1, 1, nil], nil), ([1, 1, 1, 1, 1], 0), ([1, 1, 1, 1, nil], 200),
            (Array(repeating: 1, count: 19) + [nil], 0),
            (Array(repeating: 1, count: 18) + [nil, nil], 100),
            (Array(repeating: nil, count: 30) + Array(repeating: 1, count: 10), 500),
        ] as [([Int64?], Int?)]
    )
    func countsErrorsInWholeTenths(times: [Int64?], perMille: Int?) {
        #expect(samples(times).errorsPerMille == perMille)
    }

    @Test func readsWhatItWrote() throws {
        var all = ProbeSamples()
        all.accessPoints["a"] = samples([1, nil, 3, 100_000, -1, 7, 8])
        all.accessPoints["b"] = samples([])
        #expect(try ProbeSamples(json: JSONValue(parsing: all.json.serialized())) == all)
        #expect(all.accessPoints["a"]?.recent == [1, nil, 3, 60_000, 0, 7, 8])
    }

    @Test(arguments: [
        (#"{"version":2}"#, "version"),
        (#"{"version":1,"accessPoints":{"a":{"recent":["x"]}}}"#, "accessPoints.a.recent"),
        (#"{"version":1,"accessPoints":{"a":{"settled":-1}}}"#, "accessPoints.a.settled"),
    ])
    func namesTheFieldThatIsWrong(text: String, field: String) {
        #expect {
            try ProbeSamples(json: JSONValue(parsing: text.utf8))
        } throws: { "\($0)".contains(field) }
    }
}
