import JSON
import Mirrors
import Testing

@Suite struct SuspectsTests {
    @Test func theMostSuspectedComeFirstAndAreFew() {
        var counts = ["few": 4, "a": 5, "b": 5, "most": 1_000]
        for number in 0..<40 { counts["m\(number)"] = 10 + number }
        let suspects = Suspects(counts, at: 0).mirrors
        #expect(suspects.count == Suspects.limit)
        #expect(suspects.prefix(3) == ["most", "m39", "m38"])
        #expect(Suspects(["few": 4, "b": 5, "a": 5], at: 0).mirrors == ["a", "b"])
    }

    @Test(
        arguments: [
            (-61, false), (-60, true), (0, true), (86_400, true), (86_401, false), (.min, false),
        ] as [(Int64, Bool)]
    )
    func countsForADay(age: Int64, counts: Bool) {
        let suspects = Suspects(["a": 9], at: 200_000)
        let now = age == .min ? .min : 200_000 + age
        #expect(suspects.mirrors(now: now) == (counts ? ["a"] : []))
    }

    @Test func readsWhatItWroteAndNoMoreThanTheLimit() throws {
        let suspects = Suspects(["a": 9, "b": 8], at: 7)
        #expect(try Suspects(json: JSONValue(parsing: suspects.json.serialized())) == suspects)
        let names = (0..<1_000).map { "\"m\($0)\"" }.joined(separator: ",")
        let forged = #"{"version":1,"at":1,"mirrors":[\#(names)]}"#
        #expect(try Suspects(json: JSONValue(parsing: forged.utf8)).mirrors.count == 16)
    }

    @Test(arguments: [
        (#"{"version":2,"at":1}"#, "version"), (#"{"version":1}"#, "at"),
        (#"{"version":1,"at":-1}"#, "at"), (#"{"version":1,"at":1,"mirrors":[1]}"#, "mirrors"),
    ])
    func namesTheFieldThatIsWrong(text: String, field: String) {
        #expect {
            try Suspects(json: JSONValue(parsing: text.utf8))
        } throws: { "\($0)".contains(field) }
    }
}
