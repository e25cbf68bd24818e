import FunctionRuntime
import Glibc
import JSON
import Mirrors
import Publishing
import URLs

/// The sources that a request or else the environment names, not opened yet.
///
/// A request that names a source uses only that one; otherwise the environment's are used.
struct SourceNames {
    /// A text with the field or variable that it comes from, which errors name.
    private struct Name {
        let text: String
        let field: String

        /// The error of a source that is not what its field names.
        func isNot(_ expected: String) -> JSONError {
            .unexpected(field: field, expected: expected, actual: "\"\(PrivateURL(text))\"")
        }
    }

    private let tree: Name?
    private let rsync: Name?
    private let listing: Name?
    private let manifests: [Name]
    private let mirrors: Name?
    private let layout: ManifestTree.LayoutSource?
    /// The folder of the manifests' files in the tree.
    private let distfiles: String

    private static let keys = ["tree", "rsync", "listing", "manifests", "mirrors"]

    /// With `usesNone`, the request needs no source, and gets only those that it names.
    init(
        _ fields: inout JSONFields,
        _ environment: Environment,
        usesNone: Bool
    ) throws {
        // Look at every key, so that none is reported as unknown.
        var isNamed = usesNone
        for key in Self.keys where fields.value(key) != nil { isNamed = true }

        func name(
            _ key: String,
            _ setting: Setting,
            _ fields: inout JSONFields
        ) throws(JSONError) -> Name? {
            guard !isNamed else {
                return try fields.string(key).map { Name(text: $0, field: fields.name(of: key)) }
            }
            return environment[setting].map { Name(text: $0, field: setting.name) }
        }
        tree = try name("tree", .tree, &fields)
        rsync = try name("rsync", .rsync, &fields)
        listing = try name("listing", .listing, &fields)
        mirrors = try name("mirrors", .mirrors, &fields)
        if isNamed {
            let field = fields.name(of: "manifests")
            manifests = try (fields.strings("manifests") ?? []).map { Name(text: $0, field: field) }
        } else {
            manifests = (environment[.manifests]?.split(separator: ":") ?? [])
                .map { Name(text: String($0), field: Setting.manifests.name) }
        }
        layout = try Self.layout(&fields, environment)
        distfiles = try fields.string("distfiles") ?? environment[.distfiles]
    }

    /// The layout that the request or else `LAYOUT` names.
    private static func layout(
        _ fields: inout JSONFields,
        _ environment: Environment
    ) throws(JSONError) -> ManifestTree.LayoutSource? {
        let requested = try fields.string("layout")
        guard let path = requested ?? environment[.layout] else { return nil }
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unexpected(
                field: requested == nil ? Setting.layout.name : fields.name(of: "layout"),
                expected:
                    "the path of a layout.conf, a file with a line [structure] and lines such as "
                    + "0=filename-hash BLAKE2B 8; without this setting the tree's own holds",
                actual: "\"\(path)\""
            )
        }
        return .file(path)
    }

    /// The root of the local tree, which is a folder; nil if none is named.
    func openTree() throws(JSONError) -> String? {
        guard let tree else { return nil }
        return try Self.folder(tree)
    }

    /// The files of ebuild repositories, in the layout of `tree` unless another one is named; nil
    /// without repositories.
    func openManifests(besides tree: String?) throws -> ManifestTree? {
        guard !manifests.isEmpty else { return nil }
        return try ManifestTree(
            repositories: try manifests.map(Self.folder),
            layout: layout ?? tree.map { .tree($0) } ?? .standard,
            folder: TreePath(distfiles)
        )
    }

    /// All of them, by descending precedence.
    func openSources(
        _ tree: String?,
        _ manifests: ManifestTree?
    ) throws(JSONError) -> [any TreeSource] {
        var sources: [any TreeSource] = []
        if let tree { sources.append(LocalTree(root: tree)) }
        if let rsync { sources.append(try Self.rsyncTree(rsync)) }
        if let listing { sources.append(TreeListingFile(path: listing.text)) }
        if let manifests { sources.append(manifests) }
        return sources
    }

    /// The source of the mirror list; nil if none is named.
    func openMirrors() throws(JSONError) -> MirrorListSource? {
        guard let mirrors else { return nil }
        guard let source = MirrorListSource(mirrors.text) else {
            throw mirrors.isNot("an https://, http:// or file:/// URL, or storage:KEY")
        }
        return source
    }

    private static func folder(_ name: Name) throws(JSONError) -> String {
        let path = name.text
        var status = stat()
        guard path.hasPrefix("/"), unsafe stat(path, &status) == 0,
            status.st_mode & S_IFMT == S_IFDIR
        else {
            throw name.isNot("the absolute path of a folder")
        }
        return path
    }

    private static func rsyncTree(_ name: Name) throws(JSONError) -> RsyncTree {
        guard let base = try? BaseURL(name.text), base.scheme == .rsync else {
            throw name.isNot("an rsync:// URL")
        }
        return RsyncTree(url: base.text)
    }
}
