package import JSON
import Mirrors
import StatusFacts
import Time

/// The notices sent about each mirror, and since when it has had its problem: the blob
/// `history/notices.json`.
///
/// Version 1: `{"version":1,"mirrors":{ID:{…}}}` with the members below; times in RFC 3339 and UTC.
/// Mirrors with nothing to remember are omitted.
package struct NoticeMemory: Equatable, Sendable {
    package static let key = "history/notices.json"

    struct Entry: Equatable, Sendable {
        /// Its problem; nil if it has none that is worth a notice: `state`.
        var word: Verdict.Word?
        /// Since when it was seen to be so: `since`.
        var since: Timestamp
        /// The subject of the latest message: `told`.
        var told: Verdict.Word?
        /// When that was sent: `toldAt`.
        var toldAt: Timestamp?
        /// Whether to report the end: `open`.
        var isOpen = false
    }

    var entries: [Mirror.ID: Entry] = [:]

    package init() {}

    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: 1...1)
        guard let value = fields.value("mirrors") else { return }
        var mirrors = try JSONFields(value, at: "mirrors")
        for id in mirrors.keys {
            guard let value = mirrors.value(id) else { continue }
            var fields = try JSONFields(value, at: "mirrors.\(id)")
            let since = Timestamp(json: fields.value("since"))
            guard let since else {
                throw .missing(field: fields.name(of: "since"), expected: "a time in RFC 3339")
            }
            // A word known only to a newer program was not reported by this one.
            entries[id] = Entry(
                word: try fields.string("state").flatMap { Verdict.Word(rawValue: $0) },
                since: since,
                told: try fields.string("told").flatMap { Verdict.Word(rawValue: $0) },
                toldAt: Timestamp(json: fields.value("toldAt")),
                isOpen: try fields.bool("open") ?? false
            )
        }
    }

    package var json: JSONValue {
        var mirrors = JSONObject()
        for (id, entry) in entries.sorted(by: { $0.key < $1.key }) {
            var object = JSONObject()
            object["state"] = entry.word.map { .string($0.rawValue) }
            object["since"] = .string("\(entry.since)")
            object["told"] = entry.told.map { .string($0.rawValue) }
            object["toldAt"] = entry.toldAt.map { .string("\($0)") }
            if entry.isOpen { object["open"] = true }
            mirrors.append(id, .object(object))
        }
        return ["version": 1, "mirrors": .object(mirrors)]
    }
}
