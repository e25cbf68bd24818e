import JSON
import Testing

@Suite struct JSONReaderTests {
    static let values: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("-0", 0), ("12", 12),
        ("9223372036854775807", .integer(.max)), ("9223372036854775808", .number(0x1p63)),
        ("1.5e2", .number(150)), (#""a\u00e9\ud83d\ude00\n""#, "aé😀\n"),
        (#"[1,[],{"a":"b"}]"#, .array([1, .array([]), ["a": "b"]])),
    ]

    @Test(arguments: values)
    func readsValues(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text.utf8) == value)
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,}", "01", "+1", "1.", ".5", "1e", "nul", "\"a", "\"\\x\"",
        "\"\\ud800\"", "\"\\u12g4\"", "\"\u{1}\"", "[1] 2", "{\"a\" 1}", "{1:2}", "1e999",
        "{\"a\":1,\"a\":2}",
    ])
    func refusesWhatTheGrammarDoesNotAllow(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
    }

    @Test func refusesInvalidUTF8AndDeepNesting() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        let deep = String(repeating: "[", count: 100_000)
        #expect(throws: JSONError.tooDeep(limit: JSONValue.nestingLimit)) {
            try JSONValue(parsing: deep.utf8)
        }
    }

    /// A terminal that shows a log interprets U+009B like ESC [.
    @Test func writesControlCharactersAsEscapes() throws {
        let text = "a\u{1b}[1m\u{7f}\u{80}\u{9b}31m\u{9f}\u{a0}é"
        let written = JSONValue.string(text).description
        #expect(written == #""a\u001b[1m\u007f\u0080\u009b31m\u009f"# + "\u{a0}é\"")
        #expect(try JSONValue(parsing: written.utf8) == .string(text))
    }

    @Test func writesWhatItReads() throws {
        let text = #"{"a":[1,-2.5,"\"\\\u001f\n"],"b":{},"c":null,"d":true}"#
        let value = try JSONValue(parsing: text.utf8)
        #expect(value.description == text)
        #expect(try JSONValue(parsing: value.prettySerialized()) == value)
    }
}
