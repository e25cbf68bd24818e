import JSON
import TestSupport
import Testing

@Suite struct JSONValueTests {
    @Test func objectsKeepTheOrderInWhichTheyWereWritten() throws {
        let value = try JSONValue(parsing: #"{"z":1,"a":2,"m":3}"#.utf8)
        #expect(value.description == #"{"z":1,"a":2,"m":3}"#)
    }

    @Test func assigningReplacesAppendsAndRemoves() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = 3
        object["c"] = 4
        object["b"] = nil
        object["d"] = nil
        #expect(JSONValue.object(object).description == #"{"a":3,"c":4}"#)
        #expect(object["c"] == 4)
        #expect(object["b"] == nil)
    }

    /// RFC 8259 compares keys by code unit, not by Unicode equivalence.
    @Test func keysOfOtherBytesAreOtherKeys() throws {
        let value = try JSONValue(parsing: #"{"\u00e9":1,"e\u0301":2}"#.utf8)
        guard case .object(let object) = value else {
            Issue.record("no object")
            return
        }
        #expect(object.members.count == 2)
        #expect(object["\u{E9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test(arguments: [Double.infinity, -.infinity, .nan])
    func numbersThatJSONCannotWriteBecomeNull(number: Double) {
        #expect(JSONValue.number(number).description == "null")
    }

    @Test(arguments: [
        (Int64.min, "-9223372036854775808"), (-1, "-1"), (0, "0"), (.max, "9223372036854775807"),
    ])
    func integersOf64BitsAreExact(integer: Int64, text: String) throws {
        #expect(JSONValue.integer(integer).description == text)
        #expect(try JSONValue(parsing: text.utf8) == .integer(integer))
    }

    @Test func readableTextHasALineForEachMember() {
        let value: JSONValue = ["a": [1, ["b": nil]], "c": [:], "d": []]
        let text = """
            {
              "a": [
                1,
                {
                  "b": null
                }
              ],
              "c": {},
              "d": []
            }

            """
        #expect(String(decoding: value.prettySerialized(), as: UTF8.self) == text)
    }

    /// A value of any kind, nested at most this deep.
    private static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &random) {
        case 0: .null
        case 1: .bool(.random(using: &random))
        case 2: .integer(.random(in: .min ... .max, using: &random))
        case 3: .number(.random(in: -1e9...1e9, using: &random) + 0.5)
        case 4: .string(string(&random))
        case 5: .array(elements(&random, depth: depth))
        default: .object(object(&random, depth: depth))
        }
    }

    private static func elements(_ random: inout SeededGenerator, depth: Int) -> [JSONValue] {
        var elements: [JSONValue] = []
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            elements.append(value(&random, depth: depth - 1))
        }
        return elements
    }

    private static func object(_ random: inout SeededGenerator, depth: Int) -> JSONObject {
        var object = JSONObject()
        for _ in 0..<Int.random(in: 0..<4, using: &random) {
            object[string(&random)] = value(&random, depth: depth - 1)
        }
        return object
    }

    private static func string(_ random: inout SeededGenerator) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "\"", "\\", "/", "\n", "\u{0}", "\u{1F}", "\u{7F}", "\u{9B}", "é", "e", "\u{301}",
            "\u{FFFD}", "\u{1F600}",
        ]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<8, using: &random) {
            if let scalar = scalars.randomElement(using: &random) { text.append(scalar) }
        }
        return String(text)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        var random = SeededGenerator.forTest()
        for _ in 0..<2_000 {
            let value = Self.value(&random, depth: 4)
            #expect(try JSONValue(parsing: value.serialized()) == value)
            #expect(try JSONValue(parsing: value.prettySerialized()) == value)
        }
    }

    /// Whatever is cut, changed or added, the result is an error or a value, never a trap.
    @Test func damagedTextIsAnErrorOrAValue() throws {
        var random = SeededGenerator.forTest()
        var errorCount = 0
        for _ in 0..<2_000 {
            var bytes = Self.value(&random, depth: 4).serialized()
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8(truncatingIfNeeded: random.next())
            }
            do throws(JSONError) {
                let value = try JSONValue(parsing: bytes)
                let again = try JSONValue(parsing: value.serialized())
                #expect(again == value)
            } catch {
                errorCount += 1
                #expect(!error.description.isEmpty)
            }
        }
        #expect(errorCount > 0)
    }
}
