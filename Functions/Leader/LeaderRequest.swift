import AddressDatabases
import Catalogs
import ConfiguredStorage
import FunctionRuntime
import Glibc
import Heartbeats
import JSON
import MirrorStorage
import Mirrors
import ObjectStorage
import Publishing
import RunRecords
import URLs

/// One request to the leader.
///
/// Fields that it lacks come from the environment.
struct LeaderRequest {
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

    /// The fields that name a source, each with its variable.
    private static let sourceFields: KeyValuePairs = [
        "tree": "TREE", "rsync": "RSYNC", "listing": "LISTING", "manifests": "MANIFESTS",
        "mirrors": "MIRRORS",
    ]

    /// A request that names a source uses only that one; otherwise the environment's are used.
    init(_ fields: inout JSONFields, _ environment: Environment) throws {
        paths = try (fields.strings("paths") ?? []).map { TreePath($0) }
        forget = try Self.patterns(fields.strings("forget") ?? [], fields.name(of: "forget"))
        isDryRun = try fields.bool("dryRun") ?? true
        // Look at every key, so that none is reported as unknown.
        var namesSource = !forget.isEmpty
        for (key, _) in Self.sourceFields where fields.value(key) != nil { namesSource = true }
        let field = { (key: String, variable: String, fields: JSONFields) in
            namesSource ? fields.name(of: key) : variable
        }
        let text = { (key: String, setting: Setting, fields: inout JSONFields) throws -> String? in
            namesSource ? try fields.string(key) : environment[setting]
        }
        let treeText = try text("tree", .tree, &fields)
        let rsync = try text("rsync", .rsync, &fields)
        let listing = try text("listing", .listing, &fields)
        let repositories =
            namesSource
            ? try fields.strings("manifests")
            : environment[.manifests]?.split(separator: ":").map(String.init)
        let layout = try Self.layout(
            fields.string("layout"),
            fields.name(of: "layout"),
            environment
        )
        let excluded = try fields.strings("exclude")
        profile = try Self.profile(
            environment,
            requested: fields.string("profile"),
            in: fields.name(of: "profile")
        )
        ownFilter = TreeFilter(
            excluding: try Self.patterns(
                excluded
                    ?? environment[.exclude]?.split(whereSeparator: \.isWhitespace)
                    .map(String.init) ?? [],
                excluded == nil ? "EXCLUDE" : fields.name(of: "exclude")
            )
        )
        let folder = try fields.string("distfiles") ?? environment[.distfiles]
        let mirrorsText = try text("mirrors", .mirrors, &fields)
        digests = try Self.algorithms(fields.strings("digests") ?? [], fields.name(of: "digests"))
        digestSeconds = try fields.integer("digestSeconds", in: 1...86_400) ?? 240
        allowsShrink = try fields.bool("allowShrink") ?? false
        databasePaths = (environment[.locationDatabase], environment[.systemDatabase])
        // Check for unknown keys before missing sources: a source's key may be misspelt.
        try fields.finish()

        tree = try treeText.map { try Self.folder($0, field("tree", "TREE", fields)) }
        var sources: [any TreeSource] = []
        if let tree { sources.append(LocalTree(root: tree)) }
        if let rsync {
            sources.append(try Self.rsyncTree(rsync, field("rsync", "RSYNC", fields)))
        }
        if let listing { sources.append(TreeListingFile(path: listing)) }
        var details: ManifestDetails?
        if let repositories, !repositories.isEmpty {
            let manifests = try ManifestTree(
                repositories: try repositories.map {
                    try Self.folder($0, field("manifests", "MANIFESTS", fields))
                },
                layout: layout ?? tree.map { .tree($0) } ?? .standard,
                folder: TreePath(folder)
            )
            sources.append(manifests)
            if tree != nil { details = ManifestDetails(manifests) }
        }
        self.details = details
        self.sources = sources
        mirrors = try mirrorsText.map { try Self.source($0, field("mirrors", "MIRRORS", fields)) }
        guard tree != nil || paths.isEmpty && digests.isEmpty else {
            let given = paths.isEmpty ? "digests" : "paths"
            throw JSONError.missing(
                field: "\"tree\"",
                expected:
                    "the local tree, in which \"\(given)\" are looked "
                    + "for, in the request or as TREE"
            )
        }
        guard !sources.isEmpty || mirrors != nil || !forget.isEmpty else {
            throw JSONError.missing(
                field: "a source",
                expected:
                    "\"tree\", \"rsync\", \"listing\", \"manifests\" or "
                    + "\"mirrors\" in the request, or "
                    + "TREE, RSYNC, LISTING, MANIFESTS or MIRRORS"
            )
        }
        store = try openStore(environment)
        heartbeat = try Heartbeat(.leader, store, environment)
        wakeUp = try WakeUp(environment)
    }

    private static func folder(_ path: String, _ field: String) throws(JSONError) -> String {
        var status = stat()
        guard path.hasPrefix("/"), unsafe stat(path, &status) == 0,
            status.st_mode & S_IFMT == S_IFDIR
        else {
            throw .unexpected(
                field: field,
                expected: "the absolute path of a folder",
                actual: "\"\(path)\""
            )
        }
        return path
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

    /// The layout that the request or else `LAYOUT` names.
    private static func layout(
        _ requested: String?,
        _ field: String,
        _ environment: Environment
    ) throws(JSONError) -> ManifestTree.LayoutSource? {
        guard let path = requested ?? environment[.layout] else { return nil }
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unexpected(
                field: requested == nil ? "LAYOUT" : field,
                expected:
                    "the path of a layout.conf, a file with a line [structure] and lines such as "
                    + "0=filename-hash BLAKE2B 8; without this setting the tree's own holds",
                actual: "\"\(path)\""
            )
        }
        return .file(path)
    }

    private static func rsyncTree(_ url: String, _ field: String) throws(JSONError) -> RsyncTree {
        guard let base = try? BaseURL(url), base.scheme == .rsync else {
            let actual = "\"\(PrivateURL(url))\""
            throw .unexpected(field: field, expected: "an rsync:// URL", actual: actual)
        }
        return RsyncTree(url: base.text)
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

    private static func source(_ url: String, _ field: String) throws(JSONError) -> MirrorListSource
    {
        guard let source = MirrorListSource(url) else {
            throw .unexpected(
                field: field,
                expected: "an https://, http:// or file:/// URL, or storage:KEY",
                actual: "\"\(PrivateURL(url))\""
            )
        }
        return source
    }
}
