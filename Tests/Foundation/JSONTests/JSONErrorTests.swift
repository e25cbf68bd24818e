import JSON
import Testing

@Suite struct JSONErrorTests {
    /// Each text breaks the grammar once; the offset is that of the wrong byte.
    static let malformed: [(text: String, expected: String, offset: Int)] = [
        ("", "a value", 0), ("  ", "a value", 2), ("?", "a value", 0), ("tru", "true", 3),
        ("fals?", "false", 4), ("nulL", "null", 3), ("[1] 2", "the end of the text", 4),
        ("{1:2}", "a key in double quotes", 1), ("{\"a\":1,}", "a key in double quotes", 7),
        ("{\"a\" 1}", "':' after a key", 5), ("{\"a\":1 \"b\":2}", "',' or '}'", 7),
        ("[1 2]", "',' or ']'", 3), ("[1,]", "a value", 3), ("-", "a digit", 1),
        ("1.", "a digit", 2), ("1e+", "a digit", 3), ("01", "the end of the text", 1),
        ("[1e999]", "a number that a double can hold", 1),
        ("\"a", "'\"' at the end of a string", 2), ("\"\\", "an escape sequence", 2),
        ("\"\\x\"", "an escape sequence", 2),
        ("\"\u{1}\"", "an escape for a control character", 1),
        ("\"\\u12g4\"", "four hexadecimal digits", 5),
        ("\"\\ud800\"", "the second half of a surrogate pair", 7),
        ("\"\\ud800\\u0041\"", "the second half of a surrogate pair", 3),
        ("\"\\udc00\"", "a Unicode scalar", 3),
    ]

    @Test(arguments: malformed)
    func whatIsMalformedIsToldWithItsPlace(text: String, expected: String, offset: Int) {
        #expect(throws: JSONError.malformed(expected: expected, offset: offset)) {
            try JSONValue(parsing: text.utf8)
        }
    }

    @Test func stringsThatAreNotUTF8AreToldByTheirBeginning() {
        #expect(throws: JSONError.malformed(expected: "a string in UTF-8", offset: 2)) {
            try JSONValue(parsing: [0x5B, 0x22, 0x61, 0xC3, 0x22, 0x5D])
        }
    }

    @Test func aKeyThatComesTwiceIsNamed() {
        #expect(throws: JSONError.duplicateKey(field: "a")) {
            try JSONValue(parsing: #"{"a":1,"b":{"a":2},"a":3}"#.utf8)
        }
        // Escapes make the same key.
        #expect(throws: JSONError.duplicateKey(field: "a")) {
            try JSONValue(parsing: #"{"a":1,"\u0061":3}"#.utf8)
        }
    }

    @Test func nestingIsReadUpToItsLimit() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        _ = try JSONValue(parsing: nested(JSONValue.nestingLimit).utf8)
        #expect(throws: JSONError.tooDeep(limit: JSONValue.nestingLimit)) {
            try JSONValue(parsing: nested(JSONValue.nestingLimit + 1).utf8)
        }
    }

    @Test(arguments: [
        (
            JSONError.malformed(expected: "a value", offset: 7),
            "malformed JSON at byte 7: expected a value"
        ),
        (.tooDeep(limit: 64), "JSON nested deeper than 64 levels"),
        (
            .unexpected(field: "\"tree\"", expected: "a string", actual: "5"),
            "\"tree\": expected a string, found 5"
        ),
        (
            .missing(field: "\"id\"", expected: "a mirror"),
            "\"id\" is missing: expected a mirror"
        ),
        (
            .unknownKey(field: "\"tre\"", known: ["tree", "rsync", "tree"]),
            "\"tre\" is not a known key; known here: tree, rsync"
        ),
        (.duplicateKey(field: "a"), "a is given twice"),
        (.inLine(3, .duplicateKey(field: "a")), "line 3: a is given twice"),
    ])
    func eachErrorIsASentence(error: JSONError, sentence: String) {
        #expect(error.description == sentence)
    }

    static let text = """
        {
          "alpha": {"weight": 5},
          "omega": {
            "weight": "much"
          }
        }
        """

    @Test(
        arguments: [
            (.malformed(expected: "a value", offset: 30), 3),
            (.unexpected(field: "\"alpha\".weight", expected: "a string", actual: "5"), 2),
            (.unexpected(field: "\"omega\".weight", expected: "a number", actual: "\"much\""), 4),
            (.missing(field: "\"omega\".id", expected: "a name"), 3),
            (.unknownKey(field: "\"omega\"", known: []), 3),
            (.tooDeep(limit: 64), nil), (.unknownKey(field: "\"nowhere\"", known: []), nil),
        ] as [(JSONError, Int?)]
    )
    func errorsAreLocatedInTheText(error: JSONError, line: Int?) {
        let located = error.located(in: Array(Self.text.utf8))
        #expect(located == line.map { .inLine($0, error) } ?? error)
    }
}
