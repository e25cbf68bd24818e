import Testing

@testable import local_gateway

@Suite struct SubstitutionTests {
    static let forms: [(text: String, result: String)] = [
        ("${SET}", "value"),
        ("${UNSET}", ""),
        ("${SET:-other}", "value"),
        ("${UNSET:-other}", "other"),
        ("${EMPTY:-other}", "other"),
        ("${UNSET:=other}", "other"),
        ("${UNSET=other}", "other"),
        ("${UNSET:-http://127.0.0.1:8080}", "http://127.0.0.1:8080"),
        ("a ${SET} and ${SET}.", "a value and value."),
        ("$SET costs 5$", "$SET costs 5$"),
        ("$${SET}", "${SET}"),
        ("$$", "$"),
    ]

    @Test(arguments: forms)
    func replacesAsFaasCLIDoes(_ form: (text: String, result: String)) throws {
        let variables = ["SET": "value", "EMPTY": ""]
        #expect(try Substitution.apply(to: form.text, variables: variables) == form.result)
    }

    @Test func refusesAnOpenBraceAlsoInAComment() {
        #expect(throws: Substitution.Failure.missingClosingBrace(line: 2)) {
            try Substitution.apply(to: "a: b\n# write ${ here\n", variables: [:])
        }
    }

    @Test(arguments: ["${}", "${A!b}", "${-x}"])
    func refusesOtherForms(_ text: String) {
        #expect(throws: Substitution.Failure.self) {
            try Substitution.apply(to: text, variables: [:])
        }
    }
}
