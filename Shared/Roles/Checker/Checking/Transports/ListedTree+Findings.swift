import Mirrors
import Time

extension ListedTree {
    /// What a client that asks for `path` gets, links followed; once ``followLinks(_:)`` is done.
    func finding(at path: ArraySlice<UInt8>) -> Finding {
        guard isRootOpen == true else { return isRootOpen == nil ? .missing : .closed }
        // Most paths are entries themselves, and lie in directories that everybody may enter.
        if !hasClosedDirectory, let node = node(at: path), kind(of: node) != Columns.symlink {
            return finding(of: node)
        }
        var place: Place = nil
        var linkCount = 0
        var rest = path
        while !rest.isEmpty {
            let name = rest.prefix { $0 != UInt8(ascii: "/") }
            rest = rest.dropFirst(name.count + 1)
            if name.isEmpty { continue }
            guard var node = child(name, of: place) else {
                // Expected names are always kept, but the way to them need not be.
                return isTrimmed && (linkCount > 0 || !rest.isEmpty) ? .elsewhere : .missing
            }
            if kind(of: node) == Columns.symlink {
                let link = links[Int(columns.byteCounts[node])]
                linkCount += link.linkCount
                guard linkCount <= TreePath.linkLimit else { return .missing }
                switch link.end {
                case .node(let end): node = end
                case .root:
                    place = nil
                    if rest.isEmpty { return .directory }
                    continue
                case .unknown, .beingFollowed, .missing: return .missing
                case .closed: return .closed
                case .elsewhere: return .elsewhere
                }
            }
            if rest.isEmpty { return finding(of: node) }
            guard kind(of: node) == Columns.directory else { return .missing }
            guard isOpen(node) else { return .closed }
            place = node
        }
        return .directory
    }

    private func finding(of node: Node) -> Finding {
        guard isOpen(node) else { return .closed }
        return switch kind(of: node) {
        case Columns.file:
            .file(
                byteCount: columns.byteCounts[node],
                modified: Timestamp(secondsSinceEpoch: Int64(columns.times[node]))
            )
        case Columns.directory: .directory
        default: .missing
        }
    }
}
