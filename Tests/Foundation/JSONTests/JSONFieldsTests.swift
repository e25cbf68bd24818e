import JSON
import Testing

@Suite struct JSONFieldsTests {
    @Test func namesTheFieldAndWhatWasExpected() throws {
        var fields = try JSONFields(["tree": 5], at: "")
        #expect(throws: JSONError.unexpected(field: "\"tree\"", expected: "a string", actual: "5"))
        { try fields.string("tree") }
    }

    @Test func refusesAKeyThatNobodyRead() throws {
        var fields = try JSONFields(["tree": "/srv", "treee": 1])
        _ = try fields.string("tree")
        #expect(throws: JSONError.unknownKey(field: "\"treee\"", known: ["tree"])) {
            try fields.finish()
        }
    }

    @Test func takesNullForMissing() throws {
        var fields = try JSONFields(["tree": nil])
        #expect(try fields.string("tree") == nil)
        try fields.finish()
    }

    @Test func readsEveryKind() throws {
        var fields = try JSONFields([
            "text": "a", "yes": true, "count": 3, "share": .number(1.5), "list": ["x", "y"],
        ])
        #expect(fields.keys == ["text", "yes", "count", "share", "list"])
        #expect(try fields.string("text") == "a")
        #expect(try fields.bool("yes") == true)
        #expect(try fields.integer("count", in: 0...3) == 3)
        #expect(try fields.number("share") == 1.5)
        #expect(try fields.number("count") == 3)
        #expect(try fields.strings("list") == ["x", "y"])
        try fields.finish()
    }

    /// A reader's message about a value of another kind, in a part with a name.
    @Test func otherKindsAreNamedWithTheirPlace() throws {
        var fields = try JSONFields(["a": [1], "n": "x", "f": .number(0.5)], at: "mirrors[3]")
        func expect(
            _ field: String,
            _ expected: String,
            _ actual: String,
            _ read: () throws -> Void
        ) {
            #expect(
                throws: JSONError.unexpected(
                    field: "mirrors[3].\(field)",
                    expected: expected,
                    actual: actual
                ),
                performing: read
            )
        }
        expect("a", "a string", "an array") { _ = try fields.string("a") }
        expect("n", "true or false", "\"x\"") { _ = try fields.bool("n") }
        expect("n", "a number", "\"x\"") { _ = try fields.number("n") }
        expect("n", "an array", "\"x\"") { _ = try fields.array("n") }
        expect("a", "an array of strings", "1") { _ = try fields.strings("a") }
        // A fraction is not an integer, and neither is a number beyond the range.
        expect("f", "an integer from 0 to 9", "0.5") { _ = try fields.integer("f", in: 0...9) }
    }

    @Test func aTextThatIsNoObjectIsRefused() {
        #expect(
            throws: JSONError.unexpected(
                field: "the text",
                expected: "an object",
                actual: "an array"
            )
        ) { try JSONFields([1]) }
        #expect(
            throws: JSONError.unexpected(field: "mirrors[0]", expected: "an object", actual: "null")
        ) { try JSONFields(.null, at: "mirrors[0]") }
    }
}
