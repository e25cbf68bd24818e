package import JSON

/// All mirrors of all imports so far, in the order of their appearance: the blob `mirrors.json`.
///
///     {"version": 1, "mirrors": [
///       {"id": "mirror.example.org",        a-z, 0-9, '.', '-', '_'; never reused
///        "name": "Example", "country": "DE", "region": "europe",
///        "location": {"latitude": 50.1, "longitude": 8.7},
///                                           where it is known better than by country; an array
///                                           for a mirror of several sites
///        "locationBy": "list",              where the mirror list says so, not an override
///        "weight": 100,                     0 to 10,000
///        "maxShare": 12.5,                  and the other rules of ``MirrorRules``
///        "checkBy": "shared",               where its rsync listing vouches for http and https
///        "enabled": true,                   false: an override or the list took it out
///        "listed": true,                    false: the newest list did not have it
///        "accessPoints": [
///          {"id": "mirror.example.org-https", "url": "https://mirror.example.org/gentoo/",
///           "ipv4": true, "ipv6": false, "partial": false,
///           "metered": true,                if throughput must not be measured
///           "place": {…}}]}]}                by the addresses of its host: ``AddressPlace``
///
/// It contains no time, so that importing an unchanged list gives equal bytes.
package struct MirrorList: Equatable, Sendable {
    package var mirrors: [Mirror]

    package init(mirrors: [Mirror] = []) {
        self.mirrors = mirrors
    }

    /// The access points of enabled mirrors, each with its mirror, in the order of the list.
    package var enabledAccessPoints: [(mirror: Mirror, accessPoint: AccessPoint)] {
        mirrors.filter { $0.isEnabled }.flatMap { mirror in
            mirror.accessPoints.map { (mirror: mirror, accessPoint: $0) }
        }
    }
}

extension Mirror {
    /// The weight of a mirror without an override.
    package static let defaultWeight = 100
    package static let weights: ClosedRange<Int64> = 0...10_000
}

extension MirrorList {
    /// The version of `mirrors.json` that is written and read here.
    package static let formatVersion: Int64 = 1

    package var json: JSONValue {
        [
            "version": .integer(Self.formatVersion),
            "mirrors": .array(mirrors.map { $0.json }),
        ]
    }

    /// Reads `mirrors.json`.
    ///
    /// Unknown keys, from a newer writer, are ignored; any other surprise is an error.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        guard let values = try fields.array("mirrors") else {
            throw .missing(field: "\"mirrors\"", expected: "an array of mirrors")
        }
        mirrors = []
        var mirrorIDs: Set<Mirror.ID> = []
        var accessPointIDs: Set<AccessPoint.ID> = []
        for (index, value) in values.enumerated() {
            let path = "mirrors[\(index)]"
            let mirror = try Mirror(json: value, at: path)
            guard mirrorIDs.insert(mirror.id).inserted else {
                throw .duplicateKey(field: "\(path).id \"\(mirror.id)\"")
            }
            for point in mirror.accessPoints where !accessPointIDs.insert(point.id).inserted {
                throw .duplicateKey(field: "\(path).accessPoints, id \"\(point.id)\"")
            }
            mirrors.append(mirror)
        }
    }
}

extension Mirror {
    fileprivate var json: JSONValue {
        var fields: JSONObject = [
            "id": .string(id), "name": .string(name), "country": .string(country.letters),
            "region": .string(region),
        ]
        fields["location"] = locations.json
        if hasListedLocations { fields["locationBy"] = "list" }
        fields["weight"] = .integer(Int64(weight))
        for rule in rules.json.members { fields[rule.key] = rule.value }
        if checkBy != .own { fields["checkBy"] = .string(checkBy.rawValue) }
        fields["enabled"] = .bool(isEnabled)
        fields["listed"] = .bool(isListed)
        fields["accessPoints"] = .array(accessPoints.map { $0.json })
        return .object(fields)
    }

    fileprivate init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        let country = try fields.required("country")
        guard let code = CountryCode(country) else {
            throw fields.unexpected("country", "a code such as \"DE\"", .string(country))
        }
        let region = try fields.required("region")
        guard Region.slug(of: region) == region else {
            throw fields.unexpected("region", "a slug such as \"europe\"", .string(region))
        }
        var accessPoints: [AccessPoint] = []
        for (index, value) in (try fields.array("accessPoints") ?? []).enumerated() {
            accessPoints.append(
                try AccessPoint(json: value, at: "\(path).accessPoints[\(index)]")
            )
        }
        let weight = try fields.integer("weight", in: Self.weights)
        self.init(
            id: try fields.requiredID("id"),
            name: try fields.required("name"),
            country: code,
            region: region,
            locations: try fields.locations("location"),
            hasListedLocations: try fields.string("locationBy") == "list",
            weight: weight.map(Int.init) ?? Self.defaultWeight,
            rules: try MirrorRules(&fields),
            checkBy: try fields.checkBy("checkBy") ?? .own,
            isEnabled: try fields.bool("enabled") ?? true,
            isListed: try fields.bool("listed") ?? true,
            accessPoints: accessPoints
        )
    }
}

extension AccessPoint {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": .string(id), "url": .string(baseURL), "ipv4": .bool(hasIPv4),
            "ipv6": .bool(hasIPv6), "partial": .bool(isPartial),
        ]
        if isMetered { object["metered"] = true }
        object["place"] = place?.json
        return .object(object)
    }

    fileprivate init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        let url = try fields.required("url")
        let base: BaseURL
        do {
            base = try BaseURL(url)
        } catch {
            throw fields.unexpected("url", "another URL, for \(error)", .string(url))
        }
        self.init(
            id: try fields.requiredID("id"),
            scheme: base.scheme,
            baseURL: base.text,
            hasIPv4: try fields.bool("ipv4") ?? true,
            hasIPv6: try fields.bool("ipv6") ?? false,
            isPartial: try fields.bool("partial") ?? false,
            isMetered: try fields.bool("metered") ?? false,
            place: try fields.addressPlace("place")
        )
    }
}

extension JSONFields {
    fileprivate mutating func addressPlace(_ key: String) throws(JSONError) -> AddressPlace? {
        guard let value = value(key) else { return nil }
        var fields = try JSONFields(value, at: name(of: key))
        return try AddressPlace(&fields)
    }

    /// The string under the required key `key`.
    fileprivate mutating func required(_ key: String) throws(JSONError) -> String {
        guard let string = try string(key) else {
            throw .missing(field: name(of: key), expected: "a string")
        }
        return string
    }

    /// The id under the required key `key`, which must be safe in a storage key.
    fileprivate mutating func requiredID(_ key: String) throws(JSONError) -> String {
        let id = try required(key)
        let isSafe = id.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
                || ".-_".utf8.contains(byte)
        }
        guard isSafe, let first = id.utf8.first, first != UInt8(ascii: ".") else {
            throw unexpected(
                key,
                "lower-case letters, digits, '.', '-', '_', no '.' in front",
                .string(id)
            )
        }
        return id
    }
}
