package import JSON

extension FileClasses {
    private static let formatVersion: Int64 = 1

    package var json: JSONValue {
        [
            "version": .integer(Self.formatVersion),
            "profile": .string(profile.rawValue),
            "mutable": .array(mutable.map { .string($0.description) }),
            "sets": .array(sets.map { $0.json }),
            "exclude": .array(excluded.map { .string($0.description) }),
            "rails": [
                "treePercent": .integer(Int64(rails.treePercent)),
                "folderPercent": .integer(Int64(rails.folderPercent)),
                "folderFiles": .integer(Int64(rails.folderFileCount)),
            ],
            "indexes": .array(indexNames.map { .string($0) }),
        ]
    }

    /// Reads the text of `classes.json`; errors name the line if it is known.
    package init(parsing bytes: [UInt8]) throws(JSONError) {
        do throws(JSONError) {
            self = try FileClasses(json: JSONValue(parsing: bytes))
        } catch {
            throw error.located(in: bytes)
        }
    }

    /// Reads `classes.json`; its profile, by default Gentoo's, supplies missing keys.
    ///
    /// Throws for an unknown key.
    package init(json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json)
        _ = try fields.required("version", in: Self.formatVersion...Self.formatVersion)
        self = try Self.profile(&fields)?.classes ?? .standard
        if let patterns = try Self.patterns("mutable", &fields) { mutable = patterns }
        if let values = try fields.array("sets") {
            guard values.count <= PathSet.countLimit else {
                throw .unexpected(
                    field: fields.name(of: "sets"),
                    expected: "at most \(PathSet.countLimit) sets",
                    actual: "\(values.count)"
                )
            }
            sets = []
            for (number, value) in values.enumerated() {
                sets.append(try PathSet(json: value, at: "sets[\(number)]"))
            }
        }
        if let patterns = try Self.patterns("exclude", &fields) { excluded = patterns }
        if let value = fields.value("rails") { try rails.read(value) }
        if let names = try fields.strings("indexes") {
            for name in names where name.isEmpty || name.utf8.contains(UInt8(ascii: "/")) {
                throw fields.unexpected(
                    "indexes",
                    "names of files such as \"index.html\", without slashes",
                    .string(name)
                )
            }
            indexNames = names
        }
        try fields.finish()
    }

    private static func profile(_ fields: inout JSONFields) throws(JSONError) -> FileProfile? {
        guard let name = try fields.string("profile") else { return nil }
        guard let profile = FileProfile(named: name) else {
            throw fields.unexpected("profile", "one of \(FileProfile.names)", .string(name))
        }
        return profile
    }

    fileprivate static func patterns(
        _ key: String,
        _ fields: inout JSONFields
    ) throws(JSONError) -> [PathPattern]? {
        guard let texts = try fields.strings(key) else { return nil }
        var patterns: [PathPattern] = []
        for text in texts {
            guard let pattern = PathPattern(text) else {
                throw fields.unexpected(key, PathPattern.grammar, .string(text))
            }
            patterns.append(pattern)
        }
        return patterns
    }
}

extension FileClasses.ShrinkLimits {
    fileprivate mutating func read(_ json: JSONValue) throws(JSONError) {
        var fields = try JSONFields(json, at: "rails")
        if let percent = try fields.integer("treePercent", in: 1...100) {
            treePercent = Int(percent)
        }
        if let percent = try fields.integer("folderPercent", in: 1...100) {
            folderPercent = Int(percent)
        }
        if let count = try fields.integer("folderFiles", in: 1...1_000_000) {
            folderFileCount = Int(count)
        }
        try fields.finish()
    }
}

extension PathSet {
    fileprivate var json: JSONValue {
        var object: JSONObject = ["folder": .string(folder.description)]
        if !names.isEmpty {
            object.append("names", .array(names.map { .string($0.description) }))
        }
        if !packages.isEmpty {
            object.append("packages", .array(packages.map { .string($0.description) }))
        }
        return .object(object)
    }

    fileprivate init(json: JSONValue, at path: String) throws(JSONError) {
        var fields = try JSONFields(json, at: path)
        guard let text = try fields.string("folder") else {
            throw .missing(
                field: fields.name(of: "folder"),
                expected: "the pattern of the folder of the set, such as \"dists/*\""
            )
        }
        // Sets are sent to redirectors as lines of text.
        guard let folder = Self.folderPattern(text), Self.isPlain(text) else {
            throw fields.unexpected("folder", PathPattern.grammar, .string(text))
        }
        let names = try FileClasses.patterns("names", &fields) ?? []
        for name in names
        where !Self.isPlain(name.description) || name.description.utf8.first == 0x2F {
            throw fields.unexpected(
                "names",
                "patterns from the set's folder on, without \"/\" in front",
                .string(name.description)
            )
        }
        var packages: [PackageScope] = []
        for text in try fields.strings("packages") ?? [] {
            guard let scope = PackageScope(text) else {
                throw fields.unexpected(
                    "packages",
                    "a pattern from the set's folder on, such as \"../../pool\" or \"*.rpm\"",
                    .string(text)
                )
            }
            packages.append(scope)
        }
        try fields.finish()
        self.init(folder: folder, names: names, packages: packages)
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
