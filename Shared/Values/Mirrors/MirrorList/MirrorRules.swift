package import JSON

/// The rules of an operator for one mirror.
///
/// Without rules, everything is allowed. Rules about files (prefixes, size) and schemes are applied
/// when a map is built; rules about clients (countries, networks, share) are stored in the map,
/// because only the redirector knows the client.
package struct MirrorRules: Hashable, Sendable {
    /// Only files below these paths: the mirror carries a part of the tree.
    package var prefixes: MirrorRule<[TreePath]>?
    /// Only files up to this size in bytes; directories are exempt.
    package var maximumFileSize: MirrorRule<UInt64>?
    /// Whether plain http must not be used.
    package var httpsOnly: MirrorRule<Bool>?
    /// Only clients in these countries.
    package var onlyCountries: MirrorRule<[CountryCode]>?
    /// No clients in these countries.
    package var exceptCountries: MirrorRule<[CountryCode]>?
    /// The mirror's maximum share of a region's redirects, per mille.
    package var maxSharePerMille: MirrorRule<Int>?
    /// Clients that are sent here before anywhere else, because the mirror is in their network.
    package var networks: MirrorRule<[ClientNetwork]>?
    /// Whether only these clients are sent here.
    package var networksOnly: MirrorRule<Bool>?

    /// The maximum number of networks of one mirror.
    package static let networkLimit = 256

    package init() {}

    package static let none = MirrorRules()
}

/// A rule, and whether it is enforced.
package struct MirrorRule<Value: Hashable & Sendable>: Hashable, Sendable {
    package var value: Value
    /// Counts and reports what the rule would exclude, but excludes nothing.
    package var isReportOnly: Bool

    package init(_ value: Value, isReportOnly: Bool = false) {
        self.value = value
        self.isReportOnly = isReportOnly
    }

    /// The value if the rule is enforced.
    package var applied: Value? { isReportOnly ? nil : value }
}

extension MirrorRules {
    /// Reads the rules among the fields of a mirror or of its override.
    ///
    /// Each is its value or, without enforcement, `{"value": …, "reportOnly": true}`:
    ///
    ///     "prefixes": ["distfiles/", "releases/amd64/"],   paths from the root of the tree on
    ///     "maximumFileSize": 1000000000,                   bytes
    ///     "httpsOnly": true,
    ///     "onlyCountries": ["DE", "AT"],                   or "exceptCountries", not both
    ///     "maxShare": 12.5,                                percent, 0.1 to 100
    ///     "networks": ["192.0.2.0/24", "AS64500"],         at most 256
    ///     "networksOnly": true                             with "networks"
    package init(_ fields: inout JSONFields) throws(JSONError) {
        prefixes = try fields.rule("prefixes") { fields, key throws(JSONError) in
            try fields.paths(key)
        }
        maximumFileSize = try fields.rule("maximumFileSize") { fields, key throws(JSONError) in
            try fields.integer(key, in: 1 ... .max).map { UInt64($0) }
        }
        httpsOnly = try fields.rule("httpsOnly") { fields, key throws(JSONError) in
            try fields.bool(key)
        }
        onlyCountries = try fields.rule("onlyCountries") { fields, key throws(JSONError) in
            try fields.countries(key)
        }
        exceptCountries = try fields.rule("exceptCountries") { fields, key throws(JSONError) in
            try fields.countries(key)
        }
        maxSharePerMille = try fields.rule("maxShare") { fields, key throws(JSONError) in
            try fields.perMille(key)
        }
        networks = try fields.rule("networks") { fields, key throws(JSONError) in
            try fields.networks(key)
        }
        networksOnly = try fields.rule("networksOnly") { fields, key throws(JSONError) in
            try fields.bool(key)
        }
        if networksOnly?.value == true, networks == nil {
            throw fields.unexpected("networksOnly", "\"networks\" beside it", .string("none"))
        }
        if onlyCountries != nil, exceptCountries != nil {
            throw fields.unexpected(
                "exceptCountries",
                "either it or \"onlyCountries\"",
                .string("both")
            )
        }
    }

    /// The rules as members of a mirror's object.
    package var json: JSONObject {
        var object = JSONObject()
        object["prefixes"] = prefixes?.json { paths in
            // It was read as text, so it is valid UTF-8.
            .array(paths.map { .string(String(decoding: $0.bytes, as: UTF8.self)) })
        }
        object["maximumFileSize"] = maximumFileSize?.json { .integer(Int64(clamping: $0)) }
        object["httpsOnly"] = httpsOnly?.json { .bool($0) }
        object["onlyCountries"] = onlyCountries?.json { .array($0.map { .string($0.letters) }) }
        object["exceptCountries"] = exceptCountries?.json { .array($0.map { .string($0.letters) }) }
        object["maxShare"] = maxSharePerMille?.json { .number(Double($0) / 10) }
        object["networks"] = networks?.json { .array($0.map { .string("\($0)") }) }
        object["networksOnly"] = networksOnly?.json { .bool($0) }
        return object
    }
}

extension MirrorRule {
    fileprivate func json(_ value: (Value) -> JSONValue) -> JSONValue {
        isReportOnly ? ["value": value(self.value), "reportOnly": true] : value(self.value)
    }
}

extension JSONFields {
    /// The rule under `key`; `read` reads its value from the fields and the key that it gets.
    fileprivate mutating func rule<Value>(
        _ key: String,
        _ read: (inout JSONFields, String) throws(JSONError) -> Value?
    ) throws(JSONError) -> MirrorRule<Value>? {
        guard case .object(let object)? = value(key) else {
            return try read(&self, key).map { MirrorRule($0) }
        }
        var fields = try JSONFields(.object(object), at: name(of: key))
        let isReportOnly = try fields.bool("reportOnly") ?? false
        guard let value = try read(&fields, "value") else {
            throw .missing(field: fields.name(of: "value"), expected: "the rule's value")
        }
        try fields.finish()
        return MirrorRule(value, isReportOnly: isReportOnly)
    }

    fileprivate mutating func countries(_ key: String) throws(JSONError) -> [CountryCode]? {
        guard let texts = try strings(key) else { return nil }
        var countries: [CountryCode] = []
        for text in texts {
            guard let country = CountryCode(text) else {
                throw unexpected(key, "codes such as \"DE\"", .string(text))
            }
            if !countries.contains(country) { countries.append(country) }
        }
        guard !countries.isEmpty else {
            throw unexpected(key, "at least one country", .string("none"))
        }
        return countries
    }

    fileprivate mutating func networks(_ key: String) throws(JSONError) -> [ClientNetwork]? {
        guard let texts = try strings(key) else { return nil }
        var networks: [ClientNetwork] = []
        for text in texts {
            guard let network = ClientNetwork(text) else {
                throw unexpected(
                    key,
                    "blocks of addresses such as \"192.0.2.0/24\", without bits behind the prefix, "
                        + "or autonomous systems such as \"AS64500\"",
                    .string(text)
                )
            }
            if !networks.contains(network) { networks.append(network) }
        }
        guard (1...MirrorRules.networkLimit).contains(networks.count) else {
            throw unexpected(
                key,
                "1 to \(MirrorRules.networkLimit) networks",
                .integer(Int64(networks.count))
            )
        }
        return networks
    }

    fileprivate mutating func paths(_ key: String) throws(JSONError) -> [TreePath]? {
        guard let texts = try strings(key) else { return nil }
        for text in texts where text.isEmpty || text.hasPrefix("/") || text.contains("\0") {
            throw unexpected(key, "paths such as \"releases/\", no slash in front", .string(text))
        }
        guard !texts.isEmpty else { throw unexpected(key, "at least one path", .string("none")) }
        return texts.map { TreePath($0) }
    }

    fileprivate mutating func perMille(_ key: String) throws(JSONError) -> Int? {
        guard let percent = try number(key) else { return nil }
        guard (0.1...100).contains(percent) else {
            throw unexpected(key, "percent from 0.1 to 100", .number(percent))
        }
        return Int((percent * 10).rounded())
    }
}
