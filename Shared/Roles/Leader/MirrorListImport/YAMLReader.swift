import JSON

/// Reads one YAML document as JSON by the core schema: the plain scalars `true`, `false`, `null`,
/// `~` and integers have their usual types, and everything else is text, including `NO`.
///
/// Numbers with a fraction are also text.
struct YAMLReader {
    private let events: YAMLEvents

    /// Throws if the text is not YAML, has anchors, aliases, tags or several documents, or is
    /// nested deeper than JSON may be.
    static func value(of bytes: ArraySlice<UInt8>) throws(YAMLProblem) -> JSONValue {
        try unsafe bytes.withUnsafeBufferPointer { bytes throws(YAMLProblem) in
            let reader = YAMLReader(events: unsafe try YAMLEvents(bytes))
            return try reader.document()
        }
    }

    private func document() throws(YAMLProblem) -> JSONValue {
        guard try events.next() == .documentStart else { throw problem("it is empty") }
        let value = try value(events.next(), depth: 0)
        // The end of the document, then of the text.
        guard try events.next() == .documentEnd, try events.next() == .end else {
            throw problem("a second document begins")
        }
        return value
    }

    private func value(
        _ event: YAMLEvents.Event,
        depth: Int
    ) throws(YAMLProblem) -> JSONValue {
        switch event {
        case .scalar(let text, let isPlain): return isPlain ? Self.plain(text) : .string(text)
        case .sequenceStart, .mappingStart:
            guard depth < JSONValue.nestingLimit else { throw problem("nested too deeply") }
            return event == .sequenceStart
                ? .array(try elements(depth: depth + 1)) : .object(try members(depth: depth + 1))
        case .sequenceEnd, .mappingEnd, .documentStart, .documentEnd, .end:
            throw problem("a value is missing")
        }
    }

    private func elements(depth: Int) throws(YAMLProblem) -> [JSONValue] {
        var elements: [JSONValue] = []
        while true {
            let event = try events.next()
            if event == .sequenceEnd { return elements }
            elements.append(try value(event, depth: depth))
        }
    }

    private func members(depth: Int) throws(YAMLProblem) -> JSONObject {
        var object = JSONObject()
        var keys: Set<String> = []
        while true {
            let event = try events.next()
            if event == .mappingEnd { return object }
            guard case .scalar(let key, _) = event else { throw problem("the key is not text") }
            guard keys.insert(key).inserted else { throw problem("\"\(key)\" is given twice") }
            object.append(key, try value(events.next(), depth: depth))
        }
    }

    private static func plain(_ text: String) -> JSONValue {
        switch text {
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        case "null", "Null", "NULL", "~", "": .null
        default: Int64(text).map { .integer($0) } ?? .string(text)
        }
    }

    private func problem(_ reason: String) -> YAMLProblem {
        YAMLProblem(line: events.line, reason: reason)
    }
}
