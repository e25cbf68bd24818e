package import JSON

/// An operator's settings for single mirrors: the blob `overrides.json`.
///
///     {"mirror.example.org": {
///        "weight": 50,                                        0 to 10,000; 100 without
///        "enabled": false,                                    true without
///        "location": {"latitude": 50.1, "longitude": 8.7},    the country's without; an array of
///                                                             them for a mirror of several sites
///        "checkBy": "shared",                                 "own" without
///        "metered": true,                                     no throughput is measured; or where,
///                                                             such as ["https"]
///        "contact": "admin@mirror.example.org",               for notices alone
///        "maxShare": 12.5, …}}                                the rules of ``MirrorRules``
package struct MirrorOverrides: Equatable, Sendable {
    package struct Override: Equatable, Sendable {
        package var weight: Int?
        package var isEnabled: Bool?
        package var locations: [GeoLocation]
        package var rules: MirrorRules
        package var checkBy: Mirror.CheckBy?
        /// The schemes of access points that are metered.
        package var meteredSchemes: Set<AccessPoint.Scheme>
        /// How to reach its administrators: only for notices, not on pages or in lists.
        package var contact: String?
    }

    package private(set) var byMirror: [Mirror.ID: Override] = [:]

    package init() {}

    /// Reads the overrides for the mirrors of `list`; without a list, any id is accepted.
    ///
    /// Throws for an id that is not in the list, and for an unknown key: both are most likely
    /// misspelt.
    package init(json: JSONValue, for list: MirrorList?) throws(JSONError) {
        let ids = list.map { Set($0.mirrors.map { $0.id }) }
        var overrides = try JSONFields(json)
        for id in overrides.keys {
            guard let value = overrides.value(id) else { continue }
            guard ids?.contains(id) != false else {
                throw .unexpected(
                    field: "\"\(id)\"",
                    expected: "the id of a mirror in mirrors.json",
                    actual: "an unknown one"
                )
            }
            var fields = try JSONFields(value, at: "\"\(id)\"")
            byMirror[id] = Override(
                weight: try fields.integer("weight", in: Mirror.weights).map(Int.init),
                isEnabled: try fields.bool("enabled"),
                locations: try fields.locations("location"),
                rules: try MirrorRules(&fields),
                checkBy: try fields.checkBy("checkBy"),
                meteredSchemes: try fields.schemes("metered"),
                contact: try fields.contact("contact")
            )
            try fields.finish()
        }
    }
}

extension JSONFields {
    /// All schemes for `true`, or those that are named; none where there is nothing.
    fileprivate mutating func schemes(_ key: String) throws(JSONError) -> Set<AccessPoint.Scheme> {
        guard case .array? = value(key) else {
            return try bool(key) == true ? Set(AccessPoint.Scheme.allCases) : []
        }
        var schemes: Set<AccessPoint.Scheme> = []
        for text in try strings(key) ?? [] {
            guard let scheme = AccessPoint.Scheme(rawValue: text) else {
                throw unexpected(key, "true, or schemes such as [\"https\"]", .string(text))
            }
            schemes.insert(scheme)
        }
        return schemes
    }

    /// At most 300 characters on one line; nil if missing.
    fileprivate mutating func contact(_ key: String) throws(JSONError) -> String? {
        guard let text = try string(key) else { return nil }
        guard !text.isEmpty, text.utf8.count <= 300,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw unexpected(key, "an address or a URL of at most 300 bytes", .string(text))
        }
        return text
    }
}
