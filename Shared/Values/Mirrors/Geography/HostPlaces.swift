package import JSON
package import Time

/// The locations of access points' hosts, as determined by the leader: the blob `places.json`.
///
///     {"version": 1, "hosts": {"mirror.example.org": {
///        "triedAt": "2026-12-01T04:00:00Z",       the latest look-up
///        "failed": true,                          where it found no address: what follows is older
///        "sites": [{"latitude": 50.1, "longitude": 8.7}],
///        "systems": [64500],
///        "anycast": true}}}
package struct HostPlaces: Equatable, Sendable {
    package struct Finding: Equatable, Sendable {
        package var place: AddressPlace
        package var triedAt: Timestamp
        package var hasFailed: Bool

        package init(_ place: AddressPlace, triedAt: Timestamp, hasFailed: Bool = false) {
            self.place = place
            self.triedAt = triedAt
            self.hasFailed = hasFailed
        }
    }

    package var byHost: [String: Finding] = [:]

    package init() {}

    package static let key = "places.json"
}

extension HostPlaces {
    package static let formatVersion: Int64 = 1

    /// Hosts in the order of their names.
    package var json: JSONValue {
        var hosts = JSONObject()
        for (host, finding) in byHost.sorted(by: { $0.key < $1.key }) {
            var object: JSONObject = ["triedAt": .string("\(finding.triedAt)")]
            if finding.hasFailed { object["failed"] = true }
            if case .object(let place) = finding.place.json {
                for member in place.members { object.append(member.key, member.value) }
            }
            hosts.append(host, .object(object))
        }
        return ["version": .integer(Self.formatVersion), "hosts": .object(hosts)]
    }

    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        guard let value = fields.value("hosts") else { return }
        var hosts = try JSONFields(value, at: "hosts")
        for host in hosts.keys {
            guard let value = hosts.value(host) else { continue }
            var finding = try JSONFields(value, at: "hosts.\(host)")
            guard let text = try finding.string("triedAt"),
                let triedAt = Timestamp(rfc3339: text.utf8Span.span)
            else {
                throw .missing(
                    field: finding.name(of: "triedAt"),
                    expected: "a time such as \"2026-12-01T04:00:00Z\""
                )
            }
            byHost[host] = Finding(
                try AddressPlace(&finding),
                triedAt: triedAt,
                hasFailed: try finding.bool("failed") ?? false
            )
        }
    }
}
