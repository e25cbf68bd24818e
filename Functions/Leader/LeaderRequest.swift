import Catalogs
import ConfiguredStorage
import FunctionRuntime
import Glibc
import JSON
import Mirrors
import ObjectStorage
import Publishing

/// What the Leader is asked to do: from the request, or else from the environment.
struct LeaderRequest {
    /// The root of the tree of the local file system, if there is one.
    let tree: String?
    /// What says what should be there, the weightiest first; the tree is one of them.
    let sources: [any TreeSource]
    /// Where not empty, all that is looked at.
    let paths: [TreePath]
    let digests: [Digests.Algorithm]
    let digestSeconds: Int64
    let mirrors: MirrorListSource?
    let allowsShrink: Bool
    let store: any BlobStore
    /// Wakes the Checker after a publication.
    let wakeUp: WakeUp?

    /// The fields that name a source, each with the variable that stands for it.
    private static let sourceFields: KeyValuePairs = [
        "tree": "TREE", "rsync": "RSYNC", "listing": "LISTING", "manifests": "MANIFESTS",
        "mirrors": "MIRRORS",
    ]

    /// A request that names a source is about that alone; one that names none is about those of the
    /// environment.
    init(_ fields: inout JSONFields, _ environment: Environment) throws {
        paths = try (fields.strings("paths") ?? []).map { TreePath($0) }
        let namesSource = Self.sourceFields.contains { fields.value($0.key) != nil }
        let field = { (key: String, variable: String, fields: JSONFields) in
            namesSource ? fields.name(of: key) : variable
        }
        let text = { (key: String, variable: String, fields: inout JSONFields) throws -> String? in
            namesSource ? try fields.string(key) : environment[variable]
        }
        let treeText = try text("tree", "TREE", &fields)
        let rsync = try text("rsync", "RSYNC", &fields)
        let listing = try text("listing", "LISTING", &fields)
        let repositories =
            namesSource
            ? try fields.strings("manifests")
            : environment["MANIFESTS"]?.split(separator: ":").map(String.init)
        let layoutFile = try fields.string("layout") ?? environment["LAYOUT"]
        let folder = try fields.string("distfiles") ?? environment["DISTFILES"]
        let mirrorsText = try text("mirrors", "MIRRORS", &fields)
        digests = try Self.algorithms(fields.strings("digests") ?? [], fields.name(of: "digests"))
        digestSeconds = try fields.integer("digestSeconds", in: 1...86_400) ?? 240
        allowsShrink = try fields.bool("allowShrink") ?? false
        // Before sources are missed: the key may be one of them, misspelt.
        try fields.finish()

        tree = try treeText.map { try Self.folder($0, field("tree", "TREE", fields)) }
        var sources: [any TreeSource] = []
        if let tree { sources.append(LocalTree(root: tree)) }
        if let rsync {
            sources.append(try Self.rsyncTree(rsync, field("rsync", "RSYNC", fields)))
        }
        if let listing { sources.append(TreeListingFile(path: listing)) }
        if let repositories, !repositories.isEmpty {
            sources.append(
                try ManifestTree(
                    repositories: try repositories.map {
                        try Self.folder($0, field("manifests", "MANIFESTS", fields))
                    },
                    layoutFile: layoutFile,
                    folder: TreePath(folder ?? "distfiles")
                )
            )
        }
        self.sources = sources
        mirrors = try mirrorsText.map { try Self.source($0, field("mirrors", "MIRRORS", fields)) }
        guard tree != nil || paths.isEmpty && digests.isEmpty else {
            let given = paths.isEmpty ? "digests" : "paths"
            throw JSONError.missing(
                field: "\"tree\"",
                expected:
                    "the local tree, in which \"\(given)\" are looked for, in the request or as TREE"
            )
        }
        guard !sources.isEmpty || mirrors != nil else {
            throw JSONError.missing(
                field: "a source",
                expected:
                    "\"tree\", \"rsync\", \"listing\", \"manifests\" or \"mirrors\" in the request, or "
                    + "TREE, RSYNC, LISTING, MANIFESTS or MIRRORS"
            )
        }
        store = try openStore(environment)
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

    private static func rsyncTree(_ url: String, _ field: String) throws(JSONError) -> RsyncTree {
        guard let base = try? BaseURL(url), base.scheme == .rsync else {
            throw .unexpected(field: field, expected: "an rsync:// URL", actual: "\"\(url)\"")
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
                expected: "an https://, http:// or file:/// URL",
                actual: "\"\(url)\""
            )
        }
        return source
    }
}
