package import JSON

/// Mirrors that clients came back from or avoided, which the checker should ask first: the blob
/// `suspects.json`.
///
///     {"version": 1, "at": 1795362420,              seconds since 1970
///      "mirrors": ["mirror.example.org", …]}        the most suspected first, at most 16
///
/// Anybody can send the requests that this is made from. So it changes only the order of a run, for
/// one day: no rank, no verdict, and not the number of questions.
package struct Suspects: Equatable, Sendable {
    package let at: Int64
    package let mirrors: [Mirror.ID]

    /// The maximum number of mirrors; others are left out.
    package static let limit = 16
    /// The minimum number of clients that come back from a mirror or avoid it.
    package static let leastCount = 5
    /// How long the blob is valid.
    package static let lifeSeconds: Int64 = 86_400
    /// A longer blob is ignored.
    package static let byteLimit = 65_536
    package static let key = "suspects.json"
    private static let formatVersion: Int64 = 1

    /// The mirrors from which clients came back most often, by how often this was.
    package init(_ counts: [Mirror.ID: Int], at: Int64) {
        self.at = at
        mirrors = counts.filter { $0.value >= Self.leastCount }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .prefix(Self.limit).map { $0.key }
    }

    /// The mirrors that are valid at `now`: none if the list is too old or from the future.
    package func mirrors(now: Int64) -> [Mirror.ID] {
        let age = now.subtractingReportingOverflow(at)
        guard !age.overflow, (-60...Self.lifeSeconds).contains(age.partialValue) else { return [] }
        return mirrors
    }
}

extension Suspects {
    package var json: JSONValue {
        [
            "version": .integer(Self.formatVersion), "at": .integer(at),
            "mirrors": .array(mirrors.map { .string($0) }),
        ]
    }

    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        at = try fields.required("at", in: 0...Int64.max)
        mirrors = Array((try fields.strings("mirrors") ?? []).prefix(Self.limit))
    }
}
