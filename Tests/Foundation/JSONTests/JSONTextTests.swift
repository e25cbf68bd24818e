import Testing

@testable import JSON

@Suite struct JSONTextTests {
    @Test func looksLikeAPrettySerializedValue() throws {
        let value: JSONValue = [
            "name": "a \"b\"", "count": -7, "share": .number(12.5), "yes": true, "none": [],
            "list": [["id": "x"], ["id": "y", "empty": [:]]], "last": ["a": 1],
        ]
        var text = JSONText()
        text.beginObject()
        text.member("name", "a \"b\"")
        text.member("count", -7)
        text.member("share", number: 12.5)
        text.member("yes", true)
        text.beginArray("none")
        text.endArray()
        text.beginArray("list")
        text.beginObject()
        text.member("id", static: "x")
        text.endObject()
        text.beginObject()
        text.member("id", Array("y".utf8).span)
        text.beginObject("empty")
        text.endObject()
        text.endObject()
        text.endArray()
        var last: [UInt8] = []
        JSONValue.object(["a": 1]).append(to: &last, indentation: 1)
        text.member("last", json: last)
        text.endObject()
        #expect(text.finished() == value.prettySerialized())
    }

    @Test(
        arguments: [
            (Array("plain".utf8), Array("/path".utf8), "plain/path"),
            (Array("q\"b\\n\n".utf8), [], "q\"b\\n\n"),
            ([0x61, 0xFF, 0x62], [0xC3, 0xA9], "a\u{FFFD}b\u{E9}"),
            ([0xC2, 0x9B, 0x7F, 0x1B], [], "\u{9B}\u{7F}\u{1B}"),
            ([0xC2], [0x9B], "\u{FFFD}\u{FFFD}"),
        ] as [([UInt8], [UInt8], String)]
    )
    func bytesOfAnyKindMakeAText(start: [UInt8], end: [UInt8], expected: String) throws {
        var text = JSONText()
        text.beginObject()
        text.member("key", start.span, then: end.span)
        text.endObject()
        let bytes = text.finished()
        #expect(bytes.allSatisfy { $0 == 0x0A || $0 >= 0x20 && $0 != 0x7F })
        #expect(try JSONValue(parsing: bytes) == ["key": .string(expected)])
    }
}
