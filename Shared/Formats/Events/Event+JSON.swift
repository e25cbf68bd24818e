package import JSON
import Time

extension Event {
    /// The maximum length of a text in Unicode scalars, because a character may have any number of
    /// them.
    package static let textLimit = 300
    /// The maximum length of a line, in bytes.
    package static let lineLimit = 16_384

    package var json: JSONValue {
        var object: JSONObject = [
            "at": .string("\(at)"), "by": .string(Self.cut(by)),
            "kind": .string(Self.cut(kind.rawValue)), "subject": .string(Self.cut(subject)),
        ]
        object["region"] = region.map { .string(Self.cut($0)) }
        object["was"] = was.map { .string(Self.cut($0)) }
        object["is"] = self.is.map { .string(Self.cut($0)) }
        object["text"] = text.map { .string(Self.cut($0)) }
        return .object(object)
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > textLimit, text.unicodeScalars.count > textLimit else {
            return text
        }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(textLimit - 1))) + "…"
    }

    /// Reads an event; unknown keys, from a newer program, are skipped.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        func required(_ key: String) throws(JSONError) -> String {
            guard let text = try fields.string(key) else {
                throw .missing(field: fields.name(of: key), expected: "a string")
            }
            return text
        }
        let time = try required("at")
        guard let at = Timestamp(rfc3339: time.utf8Span.span) else {
            throw fields.unexpected("at", "a time such as \"2026-11-22T15:47:00Z\"", .string(time))
        }
        self.at = at
        by = try required("by")
        kind = Kind(rawValue: try required("kind"))
        subject = try required("subject")
        region = try fields.string("region")
        was = try fields.string("was")
        `is` = try fields.string("is")
        text = try fields.string("text")
    }
}
