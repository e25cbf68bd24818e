import Catalogs
import Mirrors
import RsyncListing
import Time

/// The content of one rsync listing of an access point, for answering questions about paths.
///
/// A listing shows links, but a client that asks for a link gets its target. So each link is
/// followed here once, within the listing. Expected names are kept in columns, 13 bytes each; other
/// names, which links may lead through, are kept up to a few megabytes.
struct ListedTree {
    /// What is at the end of a path.
    enum Finding: Equatable {
        case file(byteCount: UInt64, modified: Timestamp)
        case directory
        /// It is there, but not readable by everybody.
        case closed
        /// The listing has no such path.
        case missing
        /// A link leads out of the listing, or to something that was not kept.
        case elsewhere
    }

    /// Limits for unexpected names and for link targets.
    struct Limits {
        var otherCount = 50_000
        var otherByteCount = 8 << 20
        /// The total length of link targets, and the maximum of each; longer ones are not followed.
        var targetByteCount = 16 << 20
        var longestTarget = 1024
        /// No expected name has a longer path, and no other is worth keeping.
        var longestPath = 1024
    }

    /// The number of a node: that of a file in the catalog; the others follow after these.
    typealias Node = Int

    struct Columns {
        var kinds: [UInt8] = []
        var byteCounts: [UInt64] = []
        var times: [UInt32] = []

        /// The kinds by their codes; 0 is for names that were not listed.
        static let notListed: UInt8 = 0
        static let file: UInt8 = 1
        static let directory: UInt8 = 2
        static let symlink: UInt8 = 3
        static let other: UInt8 = 4
        /// Added to the kind of what is readable by others.
        static let open: UInt8 = 8
    }

    struct Link {
        var node: Node
        /// Its text in ``targets``; empty for a link that is not followed.
        var target: Range<Int>
    }

    /// Why a path leads to nothing that is listed.
    enum Loss {
        /// The listing has no such path.
        case missing
        /// A directory on the way is not open to everybody.
        case closed
        /// It leads out of the listing, or to something that was not kept.
        case elsewhere
    }

    let expected: ExpectedFiles
    let limits: Limits
    var columns = Columns()
    private var others: [TreePath] = []
    private var nodeOfOther: [TreePath: Node] = [:]
    private var otherByteCount = 0
    /// Whether some unexpected names were not kept.
    var isTrimmed = false
    var links: [Link] = []
    var targets: [UInt8] = []
    var hasClosedDirectory = false
    /// Whether the listed folder itself exists and is open to others; nil before it was listed.
    var isRootOpen: Bool?
    var follower = LinkFollower<ListedTree>()
    var nextLink = 0

    /// A directory on the way; nil is the listed folder itself.
    typealias Folder = Node?

    init(_ expected: ExpectedFiles = ExpectedFiles(Catalog()), limits: Limits = Limits()) {
        self.expected = expected
        self.limits = limits
    }

    /// The number of unexpected names that were kept.
    var otherCount: Int { others.count }

    // MARK: - Entries

    mutating func insert(_ entry: RsyncEntry) {
        let path = entry.path.bytes
        if path.isEmpty {
            isRootOpen = entry.kind == .directory && entry.isOpenToOthers
            return
        }
        if entry.kind == .directory, !entry.isOpenToOthers { hasClosedDirectory = true }
        guard let node = node(toInsert: entry) else {
            isTrimmed = true
            return
        }
        var kind: UInt8
        switch entry.kind {
        case .file: kind = Columns.file
        case .directory: kind = Columns.directory
        case .symlink: kind = Columns.symlink
        case .other: kind = Columns.other
        }
        if entry.isOpenToOthers { kind |= Columns.open }
        columns.kinds[node] = kind
        columns.times[node] = UInt32(clamping: entry.modified.secondsSinceEpoch)
        columns.byteCounts[node] = entry.byteCount
        if entry.kind == .symlink {
            columns.byteCounts[node] = UInt64(links.count)
            links.append(Link(node: node, target: keep(entry.target?.bytes ?? [])))
            follower.addLink()
        }
    }

    private mutating func node(toInsert entry: RsyncEntry) -> Node? {
        let path = entry.path
        guard path.bytes.count <= limits.longestPath else { return nil }
        if columns.kinds.isEmpty { grow(to: expected.count) }
        if let id = expected.id(of: path.bytes[...]) { return Int(id.rawValue) }
        if let known = nodeOfOther[path] { return known }
        let byteCount = otherByteCount + path.bytes.count
        guard others.count < limits.otherCount, byteCount <= limits.otherByteCount else {
            return nil
        }
        otherByteCount = byteCount
        let node = expected.count + others.count
        others.append(path)
        nodeOfOther[path] = node
        grow(to: node + 1)
        return node
    }

    private mutating func grow(to count: Int) {
        let more = count - columns.kinds.count
        columns.kinds.append(contentsOf: repeatElement(Columns.notListed, count: more))
        columns.byteCounts.append(contentsOf: repeatElement(0, count: more))
        columns.times.append(contentsOf: repeatElement(0, count: more))
    }

    private mutating func keep(_ target: [UInt8]) -> Range<Int> {
        let start = targets.count
        guard target.count <= limits.longestTarget,
            start + target.count <= limits.targetByteCount
        else { return start..<start }
        targets.append(contentsOf: target)
        return start..<targets.count
    }

    // MARK: - Nodes

    func kind(of node: Node) -> UInt8 { columns.kinds[node] & ~Columns.open }

    func isOpen(_ node: Node) -> Bool { columns.kinds[node] & Columns.open != 0 }

    private func path(of node: Node) -> ArraySlice<UInt8> {
        node < expected.count
            ? expected.catalog.pathBytes(of: FileID(UInt32(node)))
            : others[node - expected.count].bytes[...]
    }

    /// The node of what was listed at `path`.
    func node(at path: ArraySlice<UInt8>) -> Node? {
        if let id = expected.id(of: path) {
            let node = Int(id.rawValue)
            return node < columns.kinds.count && columns.kinds[node] != Columns.notListed
                ? node : nil
        }
        return others.isEmpty ? nil : nodeOfOther[TreePath(bytes: Array(path))]
    }

    enum Child {
        case listed(Node)
        /// It would have been kept if it had been listed.
        case expected
        case unexpected
    }

    func child(_ name: ArraySlice<UInt8>, of folder: Folder) -> Child {
        var path: [UInt8] = []
        if let folder {
            path = Array(self.path(of: folder))
            path.append(UInt8(ascii: "/"))
        }
        path.append(contentsOf: name)
        guard path.count <= limits.longestPath else { return .unexpected }
        if let node = node(at: path[...]) { return .listed(node) }
        return expected.id(of: path[...]) == nil ? .unexpected : .expected
    }

    /// The directory that contains a node; nil if it was not listed or not kept.
    func parent(of node: Node) -> Folder? {
        let path = path(of: node)
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return .some(nil) }
        return self.node(at: path[..<slash]).map { $0 }
    }

    /// What to conclude if a name was not kept.
    var lossOfUnlisted: Loss { isTrimmed ? .elsewhere : .missing }
}
