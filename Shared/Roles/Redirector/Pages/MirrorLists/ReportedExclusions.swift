import Bytes
import JSON
import Redirection
import Time

/// The access points that are not in the map, with the reasons from the builder's report.
///
/// They are the same for every file and client, so they are written once.
struct ReportedExclusions {
    /// As table rows.
    private(set) var rows = MarkupText()
    /// As a JSON array one level deep.
    private(set) var json: [UInt8] = []
    private(set) var count = 0
    /// For each mirror, by the hash of its id, why its first URL is excluded: a keyword, and a
    /// sentence that fits a quoted string of a header.
    private(set) var reasons: [UInt64: (word: String, sentence: String)] = [:]

    /// Reads `report`; the result is empty if it is missing or has another shape.
    init(_ report: JSONValue) {
        var values: [JSONValue] = []
        if case .object(let report) = report, case .array(let mirrors)? = report["mirrors"] {
            for case .object(let mirror) in mirrors {
                guard case .array(let points)? = mirror["accessPoints"] else { continue }
                for case .object(let point) in points { add(point, of: mirror, to: &values) }
            }
        }
        JSONValue.array(values).append(to: &json, indentation: 1)
    }

    private mutating func add(
        _ point: JSONObject,
        of mirror: JSONObject,
        to values: inout [JSONValue]
    ) {
        guard let reason = point.string("excluded"), let id = point.string("id"),
            let url = point.string("url")
        else { return }
        count += 1
        let problem = point.string("problem")
        if let mirrorID = mirror.string("id") {
            note(reason, problem ?? Self.sentence(of: reason), ofMirror: mirrorID)
        }
        var value: JSONObject = [
            "accessPoint": .string(id), "url": .string(url), "reason": .string(reason),
        ]
        value["problem"] = problem.map { .string($0) }
        values.append(.object(value))
        rows.markup("<tr><td class=\"wide\"><bdi>")
        rows.text(mirror.string("name") ?? mirror.string("id") ?? id)
        rows.markup("</bdi><small>")
        rows.text(url)
        rows.markup("</small></td><td data-label=\"Country\">")
        rows.text(mirror.string("country") ?? "?")
        rows.markup("</td><td>")
        rows.text(problem ?? Self.sentence(of: reason))
        rows.markup("</td></tr>\n")
    }

    /// Clients are never sent to other schemes, so any other reason says more.
    private mutating func note(_ word: String, _ sentence: String, ofMirror id: String) {
        let key = Rendezvous.hash(id.utf8Span.span)
        if let known = reasons[key], !known.word.isSpelled(like: "scheme") { return }
        guard Self.fitsHeader(word) else { return }
        reasons[key] = (word, Self.fitsHeader(sentence) ? sentence : Self.sentence(of: word))
    }

    /// Whether it can be a quoted string of a header, and is not too long for one.
    private static func fitsHeader(_ text: String) -> Bool {
        text.utf8.count <= 200
            && text.utf8.allSatisfy { byte in
                byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"")
                    && byte != UInt8(ascii: "\\")
            }
    }

    /// The reason in words; an unknown one of a newer builder is shown unchanged.
    private static func sentence(of reason: String) -> String {
        sentences.first { $0.reason.isSpelled(like: reason) }?.sentence ?? reason
    }

    private static let sentences: [(reason: String, sentence: String)] = [
        ("notListed", "is no longer in the list of mirrors"),
        ("disabled", "is taken out by the operator"),
        ("weight", "is taken out by its weight of 0"),
        ("scheme", "is not reached by http or https"),
        ("httpsOnly", "is to be used by https only"),
        ("neverChecked", "has not been checked yet"),
        ("nothingHeld", "has no file that was proven to be right"),
        ("rules", "has files, but none that its rules let through"),
    ]
}

extension JSONObject {
    /// The string under `key`; nil for anything else.
    func string(_ key: String) -> String? {
        guard case .string(let string)? = self[key] else { return nil }
        return string
    }

    /// The time under `key` in RFC 3339; nil for anything else.
    func time(_ key: String) -> Timestamp? {
        string(key).flatMap { Timestamp(rfc3339: $0.utf8Span.span) }
    }
}
