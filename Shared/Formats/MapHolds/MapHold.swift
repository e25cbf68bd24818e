import FunctionRuntime
package import JSON
package import Mirrors
package import ObjectStorage
package import Time

/// Keeps the map of a region from being replaced: the blob `holds/<region>.json`, written by
/// operators and respected by the builder.
///
///     {"version": 1, "since": "2026-12-01T14:00:00Z", "until": "2026-12-02T14:00:00Z",
///      "reason": "rolled back: half of Asia was gone"}
///
/// It expires by itself.
package struct MapHold: Equatable, Sendable {
    package var since: Timestamp
    package var until: Timestamp
    /// The reason, as pages show it.
    package var reason: String

    /// How long a hold lasts by default, in seconds.
    package static let standardSeconds: Int64 = 86_400
    /// The maximum duration in seconds: what should stay for good is a matter of other settings.
    package static let longestSeconds: Int64 = 30 * 86_400
    package static let reasonLimit = 300

    package init(since: Timestamp, until: Timestamp? = nil, reason: String) {
        self.since = since
        self.until = until ?? since.advanced(bySeconds: Self.standardSeconds)
        self.reason = reason
    }

    package func isInForce(at now: Timestamp) -> Bool { now < until }
}

extension MapHold {
    package static let formatVersion: Int64 = 1
    package static let prefix = "holds/"

    package static func key(of region: Region.ID) -> String { "\(prefix)\(region).json" }

    package var json: JSONValue {
        [
            "version": .integer(Self.formatVersion), "since": .string("\(since)"),
            "until": .string("\(until)"),
            "reason": .string(String(reason.prefix(Self.reasonLimit))),
        ]
    }

    /// Throws if the end is not after the beginning, or is more than thirty days later.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        func time(_ key: String) throws(JSONError) -> Timestamp {
            guard let text = try fields.string(key) else {
                throw .missing(field: fields.name(of: key), expected: "a time in RFC 3339 and UTC")
            }
            guard let time = Timestamp(rfc3339: text.utf8Span.span) else {
                throw fields.unexpected(
                    key,
                    "a time such as \"2026-12-01T14:00:00Z\"",
                    .string(text)
                )
            }
            return time
        }
        since = try time("since")
        until = try time("until")
        reason = try fields.string("reason") ?? ""
        try fields.finish()
        guard (1...Self.longestSeconds).contains(until.seconds(since: since)) else {
            throw fields.unexpected(
                "until",
                "a time up to 30 days after \"since\"",
                .string("\(until)")
            )
        }
    }
}

extension BlobStore {
    /// The hold that applies to `region` now; nil if there is none, or if the blob cannot be read,
    /// which is logged: a typing error must not stop maps for good.
    package func mapHold(
        of region: Region.ID,
        at now: Timestamp
    ) throws(StorageError) -> MapHold? {
        let key = try BlobKey(MapHold.key(of: region))
        guard let blob = try get(key) else { return nil }
        do {
            let hold = try MapHold(json: JSONValue(parsing: blob.bytes))
            return hold.isInForce(at: now) ? hold : nil
        } catch {
            Log.error("hold unreadable, ignored", ["key": key, "reason": error])
            return nil
        }
    }

    package func put(_ hold: MapHold, of region: Region.ID) throws(StorageError) {
        try put(BlobKey(MapHold.key(of: region)), hold.json.serialized())
    }

    package func releaseMap(of region: Region.ID) throws(StorageError) {
        try delete(BlobKey(MapHold.key(of: region)))
    }
}
