import Mirrors
import RsyncListing

/// What one rsync listing showed of an access point, so that questions about paths can be answered.
///
/// A listing shows the links themselves; who asks for a path gets what they lead to. So they are
/// followed here, in the listing alone. About 200 bytes an entry: 30 MB for a whole mirror.
struct ListedTree {
    private struct Node {
        var kind: RsyncEntry.Kind
        var byteCount: UInt64
        var modified: Timestamp
        var target: TreePath?
        var isOpenToOthers: Bool
    }

    /// What is at the end of a path.
    enum Finding: Equatable {
        case file(byteCount: UInt64, modified: Timestamp)
        case directory
        /// It is there, but not for everybody.
        case closed
        /// The listing has no such path.
        case missing
        /// A link leads out of what was listed.
        case elsewhere
    }

    private var nodes: [TreePath: Node] = [:]
    private var hasClosedDirectory = false

    /// As many links in a row as Linux follows.
    private static let linkLimit = 40

    mutating func insert(_ entry: RsyncEntry) {
        if entry.kind == .directory, !entry.isOpenToOthers { hasClosedDirectory = true }
        nodes[entry.path] = Node(
            kind: entry.kind,
            byteCount: entry.byteCount,
            modified: entry.modified,
            target: entry.target,
            isOpenToOthers: entry.isOpenToOthers
        )
    }

    /// What a client that asks for `path` gets, links followed.
    func finding(at path: TreePath) -> Finding {
        // Most paths are entries themselves, and lie in directories that everybody may enter.
        if !hasClosedDirectory, let node = nodes[path], node.kind != .symlink {
            return Self.finding(node)
        }
        var linkCount = 0
        var done = TreePath(bytes: [])
        var rest = Self.names(in: path.bytes)
        guard isOpen(done) else { return nodes[done] == nil ? .missing : .closed }
        while let name = rest.popLast() {
            if name.elementsEqual("..".utf8) {
                guard !done.bytes.isEmpty else { return .elsewhere }
                done = done.parent
                continue
            }
            let next = done.appending(name)
            guard let node = nodes[next] else { return .missing }
            if let target = node.target {
                linkCount += 1
                guard linkCount <= Self.linkLimit else { return .missing }
                guard target.bytes.first != UInt8(ascii: "/") else { return .elsewhere }
                rest += Self.names(in: target.bytes)
                continue
            }
            if rest.isEmpty { return Self.finding(node) }
            guard node.kind == .directory else { return .missing }
            guard node.isOpenToOthers else { return .closed }
            done = next
        }
        return nodes[done].map(Self.finding) ?? .missing
    }

    private func isOpen(_ directory: TreePath) -> Bool {
        nodes[directory].map { $0.kind == .directory && $0.isOpenToOthers } ?? false
    }

    /// The components of a path, last one first.
    private static func names(in path: [UInt8]) -> [ArraySlice<UInt8>] {
        path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.reversed()
    }

    private static func finding(_ node: Node) -> Finding {
        guard node.isOpenToOthers else { return .closed }
        return switch node.kind {
        case .file: .file(byteCount: node.byteCount, modified: node.modified)
        case .directory: .directory
        case .symlink, .other: .missing
        }
    }
}
