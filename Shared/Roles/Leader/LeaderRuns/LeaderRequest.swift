import AddressDatabases
import Catalogs
import ConfiguredStorage
package import FunctionRuntime
import Heartbeats
package import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import Publishing
import RunRecords

/// One request to the leader.
///
/// Fields that it lacks come from the environment.
package struct LeaderRequest {
    /// The root of the local tree, if there is one.
    let tree: String?
    /// The sources of the catalog, by descending precedence; the local tree is one of them.
    let sources: [any TreeSource]
    /// What to leave out of the tree, as the request or `EXCLUDE` says.
    private let ownFilter: TreeFilter
    /// The kind of tree, if given.
    private let profile: FileProfile?
    /// Manifests beside the tree that describe single files, if any.
    let details: ManifestDetails?
    /// If not empty, only these paths are looked at.
    let paths: [TreePath]
    /// The paths to forget.
    ///
    /// Such a request does nothing else.
    let forget: [PathPattern]
    /// Whether to show only what would be forgotten.
    let isDryRun: Bool
    let digests: [Digests.Algorithm]
    let digestSeconds: Int64
    let mirrors: MirrorListSource?
    /// The paths in `LOCATION_DB` and `ASN_DB`.
    private let databasePaths: (cities: String?, systems: String?)
    let allowsShrink: Bool
    let store: any BlobStore
    let heartbeat: Heartbeat
    /// Wakes the checker after a publication.
    let wakeUp: WakeUp?

    package init(_ fields: inout JSONFields, _ environment: Environment) throws {
        paths = try (fields.strings("paths") ?? []).map { TreePath($0) }
        forget = try Self.patterns(fields.strings("forget") ?? [], fields.name(of: "forget"))
        isDryRun = try fields.bool("dryRun") ?? true
        let names = try SourceNames(&fields, environment, usesNone: !forget.isEmpty)
        profile = try Self.profile(
            environment,
            requested: fields.string("profile"),
            in: fields.name(of: "profile")
        )
        ownFilter = try Self.filter(&fields, environment)
        digests = try Self.algorithms(fields.strings("digests") ?? [], fields.name(of: "digests"))
        digestSeconds = try fields.integer("digestSeconds", in: 1...86_400) ?? 240
        allowsShrink = try fields.bool("allowShrink") ?? false
        databasePaths = (environment[.locationDatabase], environment[.systemDatabase])
        // Check for unknown keys before missing sources: a source's key may be misspelt.
        try fields.finish()

        tree = try names.openTree()
        let manifests = try names.openManifests(besides: tree)
        sources = try names.openSources(tree, manifests)
        details = tree == nil ? nil : manifests.map { ManifestDetails($0) }
        mirrors = try names.openMirrors()
        if tree == nil { try Self.checkTreeIsUnused(paths, digests) }
        let hasSource = !sources.isEmpty || mirrors != nil
        if !hasSource, forget.isEmpty { throw Self.noSource }
        store = try openStore(environment)
        heartbeat = try Heartbeat(.leader, store, environment)
        wakeUp = try WakeUp(environment)
    }

    /// Throws if paths or digests are requested, which need a local tree.
    private static func checkTreeIsUnused(
        _ paths: [TreePath],
        _ digests: [Digests.Algorithm]
    ) throws(JSONError) {
        guard paths.isEmpty, digests.isEmpty else {
            let given = paths.isEmpty ? "digests" : "paths"
            throw .missing(
                field: "\"tree\"",
                expected:
                    "the local tree, in which \"\(given)\" are looked "
                    + "for, in the request or as TREE"
            )
        }
    }

    private static let noSource = JSONError.missing(
        field: "a source",
        expected:
            "\"tree\", \"rsync\", \"listing\", \"manifests\" or \"mirrors\" in the request, or "
            + "TREE, RSYNC, LISTING, MANIFESTS or MIRRORS"
    )

    /// What the request or else `EXCLUDE` leaves out of the tree.
    private static func filter(
        _ fields: inout JSONFields,
        _ environment: Environment
    ) throws(JSONError) -> TreeFilter {
        if let requested = try fields.strings("exclude") {
            return TreeFilter(excluding: try patterns(requested, fields.name(of: "exclude")))
        }
        let words = environment[.exclude]?.split(whereSeparator: \.isWhitespace) ?? []
        return TreeFilter(excluding: try patterns(words.map(String.init), "EXCLUDE"))
    }

    private static func patterns(
        _ texts: [String],
        _ field: String
    ) throws(JSONError) -> [PathPattern] {
        var patterns: [PathPattern] = []
        for text in texts {
            guard let pattern = PathPattern(text) else {
                throw .unexpected(
                    field: field,
                    expected: PathPattern.grammar,
                    actual: "\"\(text)\""
                )
            }
            patterns.append(pattern)
        }
        return patterns
    }

    /// The profile that the request or else `PROFILE` names.
    static func profile(
        _ environment: Environment,
        requested: String? = nil,
        in field: String = "profile"
    ) throws(JSONError) -> FileProfile? {
        guard let name = requested ?? environment[.profile] else { return nil }
        guard let profile = FileProfile(named: name) else {
            throw .unexpected(
                field: requested == nil ? "PROFILE" : field,
                expected: "one of \(FileProfile.names)",
                actual: "\"\(name)\""
            )
        }
        return profile
    }

    /// The deployment's classes of files.
    ///
    /// Stores the requested profile if it is new.
    func classes() throws(MirrorStorageError) -> FileClasses {
        if let profile { return try store.fileClasses(settingProfile: profile) }
        return try store.fileClasses()
    }

    /// The opened databases that locate mirrors; nil if `LOCATION_DB` is not set.
    func placeDatabases() throws -> PlaceDatabases? {
        guard let path = databasePaths.cities else { return nil }
        return PlaceDatabases(
            cities: try Self.database(path, .locationDatabase, of: .places),
            systems: try databasePaths.systems.map {
                try Self.database($0, .systemDatabase, of: .systems)
            }
        )
    }

    private static func database(
        _ path: String,
        _ setting: Setting,
        of content: MaxMindDatabase.Content
    ) throws -> MaxMindDatabase {
        guard let file = try MappedFile.open(path) else {
            throw FunctionError.badRequest("\(setting.name): there is no file \(path)")
        }
        do {
            return try MaxMindDatabase(file.bytes, of: content)
        } catch {
            throw FunctionError.badRequest("\(setting.name): \(path) is \(error)")
        }
    }

    /// What to leave out of the tree.
    func filter(_ classes: FileClasses) -> TreeFilter {
        ownFilter.excluding(classes.excluded)
    }

    private static func algorithms(
        _ names: [String],
        _ field: String
    ) throws(JSONError) -> [Digests.Algorithm] {
        let all = Digests.Algorithm.allCases
        for name in names where !all.contains(where: { $0.name == name }) {
            throw .unexpected(
                field: field,
                expected: "of \(all.map(\.name).joined(separator: ", "))",
                actual: "\"\(name)\""
            )
        }
        return all.filter { names.contains($0.name) }
    }
}
